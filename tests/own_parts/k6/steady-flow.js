// A script as it may come from elsewhere: it knows nothing of the lab, gives its requests neither names nor tags, keeps
// trends and thresholds of its own, and seeds the book in one request.
import http from 'k6/http';
import { Rate, Trend } from 'k6/metrics';

import { bid, wall } from './common/stock.js';

const SYMBOLS = ['TEST-ASSET-A', 'TEST-ASSET-B', 'TEST-ASSET-C', 'TEST-ASSET-D'];
const JSON_BODY = { headers: { 'Content-Type': 'application/json' } };

const ackTime = new Trend('order_ack_ms', true);
const refused = new Rate('orders_refused');

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      exec: 'trade',
      rate: 17,
      timeUnit: '1s',
      duration: `${__ENV.FLOW_SECONDS || 33}s`,
      preAllocatedVUs: 40,
      maxVUs: 120,
    },
  },
  thresholds: {
    order_ack_ms: [`p(95)<${__ENV.FLOW_LIMIT_MS || 200}`],
    orders_refused: ['rate<0.01'],
  },
};

export function setup() {
  const answer = http.post(`${__ENV.ME_SHARD_A_URL}/seed`, wall(SYMBOLS, 40000), JSON_BODY);
  if (answer.json('seeded') !== 40000) {
    throw new Error(`the book was not seeded: ${answer.status} ${answer.body}`);
  }
}

export function trade() {
  const answer = http.post(`${__ENV.ME_SHARD_A_URL}/orders`, bid(SYMBOLS), JSON_BODY);
  ackTime.add(answer.timings.duration);
  refused.add(answer.status !== 200);
}
