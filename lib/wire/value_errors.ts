/**
 * A value cannot travel as what it is: a function, a symbol, an instance of a class, a detached buffer, too deep.
 * The message names the place inside the value: `Cannot send the value at [0].items[3].callback: it is a function`.
 */
export class UnsupportedValueError extends TypeError {
  override readonly name = "UnsupportedValueError";
}

/** Received text or bytes are not a packed value. Raised for every kind of damage and every exceeded limit. */
export class MalformedValueError extends Error {
  override readonly name = "MalformedValueError";
}
