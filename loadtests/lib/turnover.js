// The orders of a sized book, which turns over: each BUY takes whole orders off the best level, and as many new ones come
// to rest above the worst one, so that the depth stays. All resting orders have one size.
import { BASE_PRICE, SIZE, limit, passive, sell } from './orders.js';
import { GROUPS, ORDERS, below, drawing } from './random.js';

const LANES = 4; // groups of orders that are sent side by side, by turns
const TAKES = 3; // of a group: BUY orders that take whole resting ones
const PUTS = 6; // of a group: SELL orders that replace those
const GROUP = TAKES + PUTS + 1; // and a BUY that rests below the market

// A function that makes the i-th order, as ordering() does for the other books.
export function turning({ run, seed, symbols, hot, book }) {
  const [draw, drawOfGroup] = [drawing(seed, ORDERS), drawing(seed, GROUPS)];
  const turnOf = turns(symbols, hot);
  return (i) => {
    const within = i % (LANES * GROUP);
    const group = (i - within) / GROUP + (within % LANES);
    const role = roles(drawOfGroup, group)[Math.floor(within / LANES)];
    const { symbol, turn } = turnOf(group);
    return { shard: symbol.shard, order: order(`${run}-${i}`, symbol.name, role, turn, i) };
  };

  function order(orderId, name, role, turn, i) {
    if (role >= TAKES + PUTS) return passive(orderId, name, (n) => draw(i, n));
    const level = (put) => book.levels + Math.floor((put * book.levels) / book.orders);
    if (role >= TAKES) return sell(orderId, name, level(turn * PUTS + role - TAKES), SIZE);
    // Above all that rests, so that it takes from the best level whatever is under way beside it.
    return limit(orderId, name, 'BUY', BASE_PRICE + level(turn * PUTS), (PUTS / TAKES) * SIZE);
  }
}

// Which symbol a group is for, and how many groups that had before: by turns, and by its share for a hot one.
function turns(symbols, hot) {
  const others = symbols.filter(({ name }) => !hot || name !== hot.symbol);
  const hottest = symbols.find((symbol) => !others.includes(symbol));
  return (group) => {
    const before = hot ? Math.floor(group * hot.share) : 0;
    if (hot && Math.floor((group + 1) * hot.share) > before) return { symbol: hottest, turn: before };
    const other = group - before;
    return { symbol: others[other % others.length], turn: Math.floor(other / others.length) };
  };
}

// What each order of a group is, in the order of sending: shuffled (Fisher and Yates).
function roles(draw, group) {
  const shuffled = Array.from({ length: GROUP }, (_, n) => n);
  for (let last = GROUP - 1; last > 0; last -= 1) {
    const other = below(last + 1, draw(group, last));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}
