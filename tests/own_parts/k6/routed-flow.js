// As steady-flow.js, but through a gateway: it names its requests, and looks at the gateway's health now and then.
import http from 'k6/http';
import { Trend } from 'k6/metrics';

import { bid, wall } from './common/stock.js';

const GATEWAY = __ENV.GATEWAY_URL;
const BOARDS = {
  a: ['TEST-ASSET-A', 'TEST-ASSET-B', 'TEST-ASSET-C', 'TEST-ASSET-D'],
  b: ['TEST-ASSET-E', 'TEST-ASSET-F', 'TEST-ASSET-G', 'TEST-ASSET-H'],
  c: ['TEST-ASSET-I', 'TEST-ASSET-J', 'TEST-ASSET-K', 'TEST-ASSET-L'],
};
const ALL = Object.values(BOARDS).flat();

const routed = new Trend('routed_order', true);

function send(path, body, name) {
  return http.request('POST', `${GATEWAY}${path}`, body, {
    headers: { 'Content-Type': 'application/json' },
    tags: { name },
  });
}

export const options = {
  scenarios: {
    routed: {
      executor: 'constant-arrival-rate',
      rate: 84,
      timeUnit: '1s',
      duration: `${__ENV.FLOW_SECONDS || 33}s`,
      preAllocatedVUs: 100,
      maxVUs: 450,
    },
  },
  thresholds: { routed_order: ['p(99)<200'] },
};

export function setup() {
  for (const [shard, symbols] of Object.entries(BOARDS)) {
    const answer = send(`/seed/${shard}`, wall(symbols, 40000), 'SeedBook');
    if (answer.status !== 200) throw new Error(`shard ${shard} was not seeded: ${answer.status} ${answer.body}`);
  }
}

export default function () {
  if (__ITER % 50 === 0) http.get(`${GATEWAY}/health`, { tags: { name: 'Health' } });
  routed.add(send('/orders', bid(ALL), 'PlaceOrder').timings.duration);
}
