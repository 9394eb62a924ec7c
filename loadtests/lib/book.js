// What rests in the book before the load begins: SELL orders, as much as the load takes or as many as LAB_BOOK says.
import { AGGRESSIVE_SHARE, MEAN_QUANTITY, sell } from './orders.js';

const MARGIN = 1.5; // over the expected demand of a symbol: symbols and quantities are drawn at random
const SPARE_ORDERS = 30; // of a symbol, on top: in a short case the draw varies more than by the margin
const LADDER_LEVELS = 50; // further levels of one order each, above the level that takes the demand

// The orders of one symbol; share: of all orders, what it draws.
export function* resting({ run, orders, book }, { name, share }) {
  const demand = (orders * AGGRESSIVE_SHARE * share * MARGIN + SPARE_ORDERS) * MEAN_QUANTITY;
  yield* book ? levels(run, name, book, Math.ceil(demand)) : liquidity(run, name, demand);
}

function* liquidity(run, symbol, demand) {
  let supply = 0;
  for (let n = 0; supply < demand; n += 1) {
    const order = sell(`${run}-seed-${symbol}-${n}`, symbol, 0);
    supply += order.quantity;
    yield order;
  }
  for (let level = 1; level <= LADDER_LEVELS; level += 1) {
    yield sell(`${run}-ladder-${symbol}-${level}`, symbol, level);
  }
}

// In a sized book each order of the best level covers the demand alone: takers fill one in part, and none leaves.
function* levels(run, symbol, book, demand) {
  for (let n = 0; n < book.orders; n += 1) {
    const level = n % book.levels;
    const quantity = book.sized && level === 0 ? demand : undefined;
    yield sell(`${run}-seed-${symbol}-${n}`, symbol, level, quantity);
  }
}
