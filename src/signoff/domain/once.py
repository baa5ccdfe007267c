"""What is worked out when it is first asked for, and then known."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801  used as `property` is
    """A property that is worked out once for each value that has it, and kept with it.

    As `functools.cached_property`, without the lock that it takes each time until 3.12.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, value: None, owner: type) -> "once[T]": ...

    @overload
    def __get__(self, value: object, owner: type) -> T: ...

    def __get__(self, value: object | None, owner: type) -> "T | once[T]":
        if value is None:
            return self
        made = value.__dict__[self._name] = self._make(value)
        return made
