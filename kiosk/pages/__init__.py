"""The kiosk's pages: each shows one state of the flow, built for one look and language."""
