// Prints what the library draws for B2's load or the one that LAB_* asks for: the symbols' shares, ORDERS orders and when
// each is due, the books.
import { arrivals } from '../../loadtests/lib/arrivals.js';
import { resting } from '../../loadtests/lib/book.js';
import { market } from '../../loadtests/lib/market.js';
import { ordering } from '../../loadtests/lib/orders.js';
import { settings } from '../../loadtests/lib/settings.js';
import { turning } from '../../loadtests/lib/turnover.js';

const given = settings({ via: 'gateway', rate: 5040, duration: 300, warmup: 0 });
const config = { ...given, symbols: market(given) };

export default function () {}

export function handleSummary() {
  const orderOf = config.book?.sized ? turning(config) : ordering(config);
  const { dueOf, later, waiting } = arrivals(config);
  const taken = [];
  for (let i = 0; i < Number(__ENV.ORDERS); i += 1) taken.push({ due: dueOf(i), order: brief(orderOf(i).order) });
  const books = Object.fromEntries(
    config.symbols.map((symbol) => [symbol.name, [...resting(config, symbol)].map(brief)]),
  );
  const { orders, peak, duration, symbols } = config;
  return { stdout: JSON.stringify({ orders, peak, duration, drawn: taken, books, symbols, later, waiting }) };
}

function brief({ timestamp, ...order }) {
  return order;
}
