// Liquidity: SELL orders for the whole demand of a case rest in the book before the load begins, so that it can't run dry.
import http from 'k6/http';

import { AGGRESSIVE_SHARE, MEAN_QUANTITY, sell } from './orders.js';

const MARGIN = 1.5; // over the expected demand of a symbol: symbols and quantities are drawn at random
const SPARE_ORDERS = 30; // of a symbol, on top: in a short case the draw varies more than by the margin
const LADDER_LEVELS = 50; // further levels of one order each, above the level that takes the demand
const CHUNK = 1000; // orders a request, about 130 kB

export function seed(config) {
  let chunk = [];
  for (const order of liquidity(config)) {
    chunk.push(order);
    if (chunk.length === CHUNK) {
      post(config.url, chunk);
      chunk = [];
    }
  }
  if (chunk.length > 0) post(config.url, chunk);
}

function* liquidity({ run, symbols, rate, duration }) {
  const takers = ((rate / 60) * duration * AGGRESSIVE_SHARE) / symbols.length;
  const demand = (takers * MARGIN + SPARE_ORDERS) * MEAN_QUANTITY;
  for (const symbol of symbols) {
    let resting = 0;
    for (let n = 0; resting < demand; n += 1) {
      const order = sell(`${run}-seed-${symbol}-${n}`, symbol, 0);
      resting += order.quantity;
      yield order;
    }
    for (let level = 1; level <= LADDER_LEVELS; level += 1) {
      yield sell(`${run}-ladder-${symbol}-${level}`, symbol, level);
    }
  }
}

function post(url, orders) {
  const response = http.post(`${url}/seed`, JSON.stringify({ orders }), {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'seed' },
    timeout: '30s',
  });
  if (response.status !== 200) {
    throw new Error(`seeding ${orders.length} orders at ${url}/seed: got ${response.status} ${response.error || response.body}`);
  }
}
