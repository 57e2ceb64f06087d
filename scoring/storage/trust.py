"""Whose model may be loaded: the one whose manifest has a pinned sha256, or a signature by a known key."""

from pathlib import Path
from typing import NamedTuple

from scoring.errors import ArtefactError, SettingError, how_to_install
from scoring.storage.bundle import MANIFEST
from scoring.storage.checksums import sha256

SIGNATURE = f"{MANIFEST}.sig"
PIN_SETTING, KEY_SETTING = "SCORING_MANIFEST_SHA256", "SCORING_MANIFEST_KEY"
_LENGTH = 64  # bytes of a signature
_SHOWN = 12  # digits of a found sha256: enough to compare it, too few to paste it as a pin


class Trust(NamedTuple):
    """What a manifest has to agree with; nothing where both are None.

    Attributes
    ----------
    pin : the sha256 of the manifest, 64 hexadecimal digits.
    key : the public Ed25519 key of whoever may publish models, 64 hexadecimal digits.
    """

    pin: str | None = None
    key: str | None = None

    def check(self, folder: Path, manifest: bytes | None) -> None:
        """Refuse a manifest that has not the pinned hash, or no valid signature.

        Parameters
        ----------
        folder : has the signature.
        manifest : the content of the manifest; None where the folder has none.

        Raises
        ------
        ArtefactError
            If the manifest is another one, or is not signed by the key.
        SettingError
            If there is no manifest, or if the package that checks signatures is not installed.
        """
        if self == ANYBODY:
            return
        if manifest is None:
            setting = PIN_SETTING if self.pin else KEY_SETTING
            raise SettingError(
                f"{setting} is set, and {folder} has no {MANIFEST}\n"
                f"Without a manifest nothing can be verified. Publish the model with one, or unset {setting}."
            )
        if self.pin and sha256(manifest) != self.pin:
            raise ArtefactError(
                f"{MANIFEST}: its sha256 begins with {sha256(manifest)[:_SHOWN]}, the pinned one with "
                f"{self.pin[:_SHOWN]}\nThis is not the model that was pinned, or it was changed. Restore the files. If "
                f"another model was published on purpose, take its sha256 from where it was published, and pin that "
                f"({PIN_SETTING})."
            )
        if self.key:
            self._check_signature(folder / SIGNATURE, manifest)

    def _check_signature(self, path: Path, manifest: bytes) -> None:
        from scoring.storage.signature import is_signed

        remedy = f"Restore the files, or let whoever has the key sign again: python -m scoring sign {path.parent}"
        try:
            with path.open("rb") as file:
                signature = file.read(_LENGTH + 1)
        except OSError as error:
            raise ArtefactError(
                f"{SIGNATURE}: cannot be read ({error.strerror}); {KEY_SETTING} demands a signature\n{remedy}"
            ) from None
        try:
            signed = is_signed(str(self.key), signature, manifest)
        except ModuleNotFoundError as error:
            raise SettingError(
                f"{KEY_SETTING}: the package {error.name} is not installed; checking a signature needs it\n"
                f"{how_to_install('signature')}"
            ) from None
        if not signed:
            raise ArtefactError(
                f"{SIGNATURE}: is not a signature of {MANIFEST} by the key {str(self.key)[:_SHOWN]}... "
                f"({KEY_SETTING})\nThe manifest or the signature was changed, or another key signed. {remedy}"
            )


ANYBODY = Trust()  # only for folders of this machine
