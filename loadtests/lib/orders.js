// The order mix (docs/load.md). Money is in cents.
import { choosing } from './market.js';
import { ORDERS, WORDS, below, drawing } from './random.js';

export const SIZE = 100; // of each order that rests in a sized book
export const AGGRESSIVE_SHARE = 0.6; // BUY orders that meet a resting SELL; the others rest below the market
export const BASE_PRICE = 15000;
const PASSIVE_PRICE = 14800;
const PRICE_SPREAD = 100;
const QUANTITY = { least: 10, most: 199 };
const DRAW = { hot: 0, symbol: 1, aggressive: 2, offset: 3, quantity: 4 };

export const MEAN_QUANTITY = (QUANTITY.least + QUANTITY.most) / 2;

// A function that makes the i-th order of a load, which depends on the seed and on i alone, and says whose it is.
export function ordering({ run, seed, symbols, hot }) {
  const draw = drawing(seed, ORDERS);
  const choose = choosing(symbols, hot);
  return (i) => {
    const drawn = (n) => draw(i, n);
    const { name, shard } = choose(drawn(DRAW.hot), drawn(DRAW.symbol));
    const kind = drawn(DRAW.aggressive) < AGGRESSIVE_SHARE * WORDS ? aggressive : passive;
    return { shard, order: kind(`${run}-${i}`, name, drawn) };
  };
}

function aggressive(orderId, symbol, drawn) {
  return limit(orderId, symbol, 'BUY', BASE_PRICE + offset(drawn), quantity(drawn(DRAW.quantity)));
}

export function passive(orderId, symbol, drawn) {
  return limit(orderId, symbol, 'BUY', PASSIVE_PRICE - offset(drawn), quantity(drawn(DRAW.quantity)));
}

export function sell(orderId, symbol, level, size) {
  return limit(orderId, symbol, 'SELL', BASE_PRICE + level, size);
}

export function limit(orderId, symbol, side, price, size) {
  return { orderId, symbol, side, type: 'LIMIT', price, quantity: size, timestamp: Date.now() };
}

// Makers and takers draw alike, so that an aggressive order makes about two fills.
export function quantity(word) {
  return QUANTITY.least + below(QUANTITY.most - QUANTITY.least + 1, word);
}

function offset(drawn) {
  return below(PRICE_SPREAD, drawn(DRAW.offset));
}
