// The symbols that a load trades: which shard owns each, and what share of all orders it draws.
import { WORDS, below } from './random.js';

export function market({ shards, hot }) {
  const symbols = shards.flatMap((shard) => shard.symbols.map((name) => ({ name, shard })));
  const others = symbols.filter(({ name }) => !hot || name !== hot.symbol);
  const rest = (hot ? 1 - hot.share : 1) / others.length;
  return symbols.map((symbol) => ({ ...symbol, share: hot && symbol.name === hot.symbol ? hot.share : rest }));
}

// A function that chooses the symbol of an order, by its share, from two words that were drawn for it.
export function choosing(symbols, hot) {
  if (!hot) return (_, word) => symbols[below(symbols.length, word)];
  const hottest = symbols.find(({ name }) => name === hot.symbol);
  const others = symbols.filter((symbol) => symbol !== hottest);
  return (first, second) => (first < hot.share * WORDS ? hottest : others[below(others.length, second)]);
}
