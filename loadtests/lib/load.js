// One case's load: orders at a constant rate in an open model, so that a slow engine can't slow the load down.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

import { buy } from './orders.js';
import { seed } from './seeding.js';
import { settings } from './settings.js';

const ORDER_TIMEOUT_S = 5; // as long as the gateway waits for a shard
const SPARE_VUS = 10;

export function load(defaults) {
  const config = settings(defaults);
  return {
    options: options(config),
    setup: () => seed(config),
    placeOrder: () => placeOrder(config),
  };
}

function options(config) {
  // Enough for every order to run into its timeout: then a slow engine misses its objective instead of dropping iterations.
  const vus = Math.ceil((config.rate / 60) * ORDER_TIMEOUT_S) + SPARE_VUS;
  return {
    scenarios: {
      orders: {
        executor: 'constant-arrival-rate',
        rate: config.rate,
        timeUnit: '1m',
        duration: `${config.duration}s`,
        preAllocatedVUs: vus,
        maxVUs: vus,
        gracefulStop: `${ORDER_TIMEOUT_S + 1}s`,
      },
    },
    setupTimeout: '120s',
    thresholds: thresholds(config),
  };
}

function thresholds({ p99, errorRate }) {
  const judged = '{name:orders,judged:yes}';
  return {
    ...(p99 !== null && { [`http_req_duration${judged}`]: [`p(99)<${p99}`] }),
    ...(errorRate !== null && { [`http_req_failed${judged}`]: [`rate<${errorRate}`] }),
  };
}

function placeOrder({ url, run, symbols, warmup }) {
  const order = buy(`${run}-${exec.scenario.iterationInTest}`, symbols);
  const elapsed = (Date.now() - exec.scenario.startTime) / 1000;
  const response = http.post(`${url}/orders`, JSON.stringify(order), {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'orders', judged: elapsed >= warmup ? 'yes' : 'no' },
    timeout: `${ORDER_TIMEOUT_S}s`,
  });
  check(response, {
    'status is 200': (r) => r.status === 200,
    'order is accepted': (r) => r.status === 200 && r.json('status') === 'ACCEPTED',
  });
}
