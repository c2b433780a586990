/** Upper bounds as text. */

/** Two significant digits, never less than the value. */
export function roundedUp(value: number): string {
  const near = value.toExponential(1);
  if (Number(near) >= value) return near;
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return (Number(near) + step).toExponential(1);
}
