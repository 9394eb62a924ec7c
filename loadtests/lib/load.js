// One case's load: orders at a rate of the case's own in an open model, so that a slow engine can't slow the load down.
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

import { arrivals } from './arrivals.js';
import { market } from './market.js';
import { ordering } from './orders.js';
import { seed } from './seeding.js';
import { settings } from './settings.js';
import { turning } from './turnover.js';

const ORDER_TIMEOUT_S = 5; // as long as the gateway waits for a shard
const SPARE_VUS = 10;

export function load(defaults, vus = enoughToHang) {
  const given = settings(defaults);
  const config = { ...given, symbols: market(given) };
  const orderOf = config.book?.sized ? turning(config) : ordering(config);
  const { dueOf, later, waiting } = arrivals(config);
  return {
    options: options(config, vus(config.peak / 60) + waiting + early(config), later / 1000 + config.ahead),
    setup: () => seed(config),
    placeOrder: (data) => {
      const i = exec.scenario.iterationInTest; // of all runners
      const due = dueOf(i);
      const start = data?.start ?? exec.scenario.startTime;
      placeOrder(config, { i, due: start + due, elapsed: (due - later) / 1000 }, orderOf(i));
    },
  };
}

// Enough for every order to hang until its timeout: then a slow engine misses its objective; k6 drops no iterations.
function enoughToHang(perSecond) {
  return Math.ceil(perSecond * ORDER_TIMEOUT_S) + SPARE_VUS;
}

// Those that begin their order before it is due, where runners are released ahead of the load's begin.
function early({ peak, ahead }) {
  return Math.ceil((peak / 60) * ahead);
}

// later: seconds by which orders may be due after k6's own plan.
function options(config, vus, later) {
  return {
    scenarios: {
      orders: {
        ...arrival(config),
        timeUnit: '1m',
        preAllocatedVUs: vus,
        maxVUs: vus,
        gracefulStop: `${ORDER_TIMEOUT_S + 1 + Math.ceil(later)}s`,
      },
    },
    setupTimeout: '120s',
    thresholds: thresholds(config),
  };
}

function arrival({ rate, duration, stages }) {
  if (stages.length === 0) return { executor: 'constant-arrival-rate', rate, duration: `${duration}s` };
  return {
    executor: 'ramping-arrival-rate',
    startRate: rate,
    stages: stages.map((stage) => ({ target: stage.rate, duration: `${stage.seconds}s` })),
  };
}

function thresholds({ p99, errorRate, shards }) {
  const judged = 'name:orders,judged:yes';
  const found = {};
  if (p99 !== null) {
    for (const { id } of shards) found[`http_req_duration{${judged},shard:${id}}`] = [`p(99)<${p99}`];
  }
  if (errorRate !== null) found[`http_req_failed{${judged}}`] = [`rate<${errorRate}`];
  return found;
}

// elapsed: seconds of the load until the order is due.
function placeOrder({ url, warmup }, { i, due, elapsed }, { order, shard }) {
  const early = due - Date.now();
  if (early > 0) sleep(early / 1000);
  // In k6's CSV these are in the column `metadata`; unlike tags they make no series.
  Object.assign(exec.vu.metrics.metadata, { i: `${i}`, due: due.toFixed(3) });
  const response = http.post(`${url}/orders`, JSON.stringify(order), {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'orders', judged: elapsed >= warmup ? 'yes' : 'no', shard: shard.id },
    timeout: `${ORDER_TIMEOUT_S}s`,
  });
  check(response, {
    'status is 200': (r) => r.status === 200,
    'order is accepted': (r) => r.status === 200 && statusIn(r) === 'ACCEPTED',
  });
}

// A check that throws leaves no point behind.
function statusIn(response) {
  try {
    return response.json('status');
  } catch {
    return null;
  }
}
