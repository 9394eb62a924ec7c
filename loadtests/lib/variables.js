// Reads the variables that `-e` gives a script; one that can't be read ends it with what is allowed.

export function text(name, fallback) {
  const given = __ENV[name];
  return given === undefined ? fallback : given;
}

export function number(name, fallback) {
  const given = text(name, fallback);
  const value = given === '' ? NaN : Number(given);
  if (!(value >= 0 && value < Infinity)) throw refused(name, 'a number, 0 or above', given);
  return value;
}

// A whole number of 32 bits.
export function word(name, fallback) {
  const value = number(name, fallback);
  if (value !== value >>> 0) throw refused(name, 'a whole number from 0 to 4294967295', value);
  return value;
}

// The lab leaves a bound out by giving an empty one.
export function bound(name, fallback) {
  return text(name, fallback) === '' ? null : number(name, fallback);
}

export function choice(name, allowed, fallback) {
  const given = text(name, fallback);
  if (!allowed.includes(given)) throw refused(name, `one of ${allowed.join(', ')}`, given);
  return given;
}

// The groups of a pattern in what a variable holds; null if it is empty.
export function one(name, pattern, example, fallback) {
  const given = text(name, fallback);
  return given === '' ? null : groups(name, pattern, example, given);
}

// The same for each part between commas.
export function list(name, pattern, example, fallback) {
  const given = text(name, fallback);
  return given === '' ? [] : given.split(',').map((part) => groups(name, pattern, example, part));
}

function groups(name, pattern, example, given) {
  const found = given.match(pattern);
  if (found === null) throw refused(name, `in the form of ${example}`, given);
  return found.slice(1);
}

export function refused(name, allowed, given) {
  return new Error(`${name} must be ${allowed}; got '${given}'`);
}
