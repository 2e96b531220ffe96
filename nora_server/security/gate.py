"""The log-in gate: passwords and the brakes on guessing them."""

from nora_core.wire.names import fold
from nora_server.security.brake import Brake
from nora_server.security.passwords import Passwords
from nora_server.settings import LoginSettings

_TRIES_PER_ADDRESS = 20  # times those for one account: many share an address


class Gate:
    """Checks passwords and slows down guessing, by account and by address."""

    def __init__(self, settings: LoginSettings) -> None:
        self.passwords = Passwords()
        free, wait = settings.attempts, settings.wait_seconds
        self._by_account = Brake(free, wait)
        self._by_address = Brake(free * _TRIES_PER_ADDRESS, wait)

    def lets_in(
        self, name: str, password_hash: str | None, password: str, address: str
    ) -> bool:
        """Tell whether the password fits, after the brakes let it be tried.

        Raises
        ------
        TooManyAttempts
            After too many wrong ones for this account, or from this address.
        """
        key = (fold(name), address)
        self._by_account.begin(key)
        self._by_address.begin(address)
        if not self.passwords.fits(password_hash, password):
            return False
        self._by_account.forgive(key)
        self._by_address.forgive(address)
        return True
