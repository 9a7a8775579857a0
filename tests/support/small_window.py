"""A small Qt program for the driver's tests: a form, a list of buttons, two pages."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)


def main() -> int:
    """Show the window until it is closed."""
    app = QApplication(sys.argv)
    app.setApplicationName("small-window")
    pages = QStackedWidget()
    first, second = QWidget(), QWidget()
    column, other_column = QVBoxLayout(first), QVBoxLayout(second)
    pin = QLineEdit()
    pin.setAccessibleName("PIN")
    service = QPushButton("Kartu Keluarga baru\nKependudukan")
    service.setAccessibleName("Kartu Keluarga baru, Kependudukan")
    disabled = QPushButton("Selesai")
    disabled.setEnabled(False)
    back = QPushButton("Kembali")
    number = QLabel("B-001")
    service.clicked.connect(lambda: pages.setCurrentIndex(1))
    service.clicked.connect(lambda: number.setText(f"B-{pin.text()}"))
    back.clicked.connect(lambda: pages.setCurrentIndex(0))
    for widget in (QLabel("Pilih layanan"), pin, service, disabled):
        column.addWidget(widget)
    for widget in (number, back):
        other_column.addWidget(widget)
    pages.addWidget(first)
    pages.addWidget(second)
    pages.resize(400, 300)
    pages.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
