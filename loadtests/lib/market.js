// The symbols that a load trades: which shard owns each, and what share of all orders it draws.
import { below } from './orders.js';

export function market({ shards, hot }) {
  const symbols = shards.flatMap((shard) => shard.symbols.map((name) => ({ name, shard })));
  const others = symbols.filter(({ name }) => !hot || name !== hot.symbol);
  const rest = (hot ? 1 - hot.share : 1) / others.length;
  return symbols.map((symbol) => ({ ...symbol, share: hot && symbol.name === hot.symbol ? hot.share : rest }));
}

// A function that draws a symbol for each order, by its share.
export function drawing(symbols, hot) {
  if (!hot) return () => symbols[below(symbols.length)];
  const hottest = symbols.find(({ name }) => name === hot.symbol);
  const others = symbols.filter((symbol) => symbol !== hottest);
  return () => (Math.random() < hot.share ? hottest : others[below(others.length)]);
}
