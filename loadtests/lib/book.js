// What rests in the book before the load begins: SELL orders, as much as the load takes or as many as LAB_BOOK says.
import { AGGRESSIVE_SHARE, MEAN_QUANTITY, SIZE, quantity, sell } from './orders.js';
import { BOOKS, drawing } from './random.js';

const MARGIN = 1.5; // over the expected demand of a symbol: symbols and quantities are drawn at random
const SPARE_ORDERS = 30; // of a symbol, on top: in a short case the draw varies more than by the margin
const LADDER_LEVELS = 50; // further levels of one order each, above the level that takes the demand

// The orders of one symbol, in the order in which they are seeded; they depend on the seed alone.
export function* resting({ run, seed, orders, book, symbols }, { name, share }) {
  const draw = drawing(seed, BOOKS + symbols.findIndex((symbol) => symbol.name === name));
  const demand = (orders * AGGRESSIVE_SHARE * share * MARGIN + SPARE_ORDERS) * MEAN_QUANTITY;
  yield* book ? levels(run, name, draw, book) : liquidity(run, name, draw, demand);
}

function* liquidity(run, symbol, draw, demand) {
  let supply = 0;
  let n = 0;
  for (; supply < demand; n += 1) {
    const order = sell(`${run}-seed-${symbol}-${n}`, symbol, 0, quantity(draw(n, 0)));
    supply += order.quantity;
    yield order;
  }
  for (let level = 1; level <= LADDER_LEVELS; level += 1, n += 1) {
    yield sell(`${run}-ladder-${symbol}-${level}`, symbol, level, quantity(draw(n, 0)));
  }
}

function* levels(run, symbol, draw, book) {
  for (let n = 0; n < book.orders; n += 1) {
    yield sell(`${run}-seed-${symbol}-${n}`, symbol, n % book.levels, book.sized ? SIZE : quantity(draw(n, 0)));
  }
}
