// Random numbers that depend on the seed and on what they are drawn for, never on which VU draws them or what it drew
// before: the lab computes the same ones (lab/oracle/load_plan.py). All arithmetic is on 32-bit integers.

export const WORDS = 2 ** 32; // what a word, as draws give it, is below
export const ORDERS = 0; // the stream of the orders' draws
export const GROUPS = 1; // that of the groups of a book that turns over
export const BOOKS = 2; // the stream of the first symbol's resting orders; the next symbol has the next

const DRAWS = 16; // of one order, at most

// A function that draws the n-th word of the i-th thing of a stream.
export function drawing(seed, stream) {
  const key = mix(mix(seed) ^ stream);
  return (i, n) => mix(key ^ mix(i * DRAWS + n));
}

export function below(limit, word) {
  return Math.floor((word * limit) / WORDS);
}

// A step of Weyl's sequence, then the finalizer of MurmurHash3: a bijection in which each bit moves half of all bits.
function mix(word) {
  let mixed = (word + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
