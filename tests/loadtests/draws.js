// Prints what the library draws for B2's load or the one that LAB_* asks for: the symbols' shares, 50,000 orders, the books.
import { resting } from '../../loadtests/lib/book.js';
import { drawing, market } from '../../loadtests/lib/market.js';
import { buy } from '../../loadtests/lib/orders.js';
import { settings } from '../../loadtests/lib/settings.js';

const ORDERS = 50000;
const config = settings({ via: 'gateway', rate: 5040, duration: 300, warmup: 0 });
const symbols = market(config);

export default function () {}

export function handleSummary() {
  const draw = drawing(symbols, config.hot);
  const taken = [];
  for (let n = 0; n < ORDERS; n += 1) taken.push(buy(`${n}`, draw().name));
  const books = Object.fromEntries(symbols.map((symbol) => [symbol.name, [...resting(config, symbol)].map(brief)]));
  const { orders, peak, duration } = config;
  return { stdout: JSON.stringify({ orders, peak, duration, drawn: taken.map(brief), books, symbols }) };
}

function brief({ symbol, price, quantity }) {
  return [symbol, price, quantity];
}
