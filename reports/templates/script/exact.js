// Exact decimals as text: compared and grouped by their digits, never as floats.

/** Returns the decimal a printed text is, without its grouping; null if it is none. */
function decimalOf(text) {
  const plain = text.trim().replace(/,/g, '').replace(/\s*%$/, '');
  return /^-?\d+(\.\d+)?$/.test(plain) ? plain : null;
}

/** Compares two decimals digit by digit. */
function compareDecimals(one, other) {
  const places = (text) => (text.split('.')[1] || '').length;
  const most = Math.max(places(one), places(other));
  const whole = (text) => {
    const [front, back = ''] = text.split('.');
    return BigInt(front + back.padEnd(most, '0'));
  };
  const [a, b] = [whole(one), whole(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Puts commas between thousands; no digit changes. */
function grouped(decimal) {
  const [front, back] = decimal.split('.');
  const apart = front.replace(/\B(?=(\d{3})+$)/g, ',');
  return back === undefined ? apart : `${apart}.${back}`;
}
