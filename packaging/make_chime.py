"""Write the two-tone chime that goes before a spoken call (`assets/sounds/chime.wav`).

Run by hand when the chime is to sound different: `python packaging/make_chime.py`.
"""

import math
import sys
import wave
from array import array
from pathlib import Path
from typing import Final

SAMPLE_RATE_HZ: Final = 44_100
LENGTH_S: Final = 1.4
# "Ding-dong": a minor third down, the second tone comes in while the first still rings.
TONES: Final = ((660.0, 0.0), (554.0, 0.45))
# Each partial: multiple of the tone, loudness, time in which it falls to 1/e. A struck bar
# has few overtones that die early; a bare sine would sound like a fault tone.
PARTIALS: Final = ((1.0, 1.0, 0.34), (2.0, 0.22, 0.16), (3.0, 0.07, 0.08))
ATTACK_S: Final = 0.012
FADE_OUT_S: Final = 0.12
PEAK: Final = 0.71  # -3 dB: headroom for amplifiers that clip early


def tone_at(frequency_hz: float, since_s: float) -> float:
    """Give the loudness of one struck tone, `since_s` seconds after the stroke."""
    if since_s < 0:
        return 0.0
    attack = 0.5 - 0.5 * math.cos(math.pi * min(since_s / ATTACK_S, 1.0))
    return attack * sum(
        loudness
        * math.exp(-since_s / decay_s)
        * math.sin(math.tau * frequency_hz * times * since_s)
        for times, loudness, decay_s in PARTIALS
    )


def samples() -> list[int]:
    """Give the whole chime as signed 16-bit samples, one channel."""
    count = round(LENGTH_S * SAMPLE_RATE_HZ)
    raw = []
    for index in range(count):
        at_s = index / SAMPLE_RATE_HZ
        fade = min((count - 1 - index) / (FADE_OUT_S * SAMPLE_RATE_HZ), 1.0)
        raw.append(fade * sum(tone_at(hertz, at_s - start_s) for hertz, start_s in TONES))
    scale = PEAK * 32_767 / max(abs(value) for value in raw)
    return [round(value * scale) for value in raw]


def write(target: Path) -> None:
    """Write the chime as a 44.1 kHz mono 16-bit WAV."""
    sound = array("h", samples())
    if sys.byteorder == "big":
        sound.byteswap()
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(sound.tobytes())


if __name__ == "__main__":
    write(Path(__file__).resolve().parent.parent / "assets" / "sounds" / "chime.wav")
