// What the scripts beside it share: a load like A2's that is not what it says it is.
import http from 'k6/http';

const url = __ENV.ME_SHARD_A_URL;
const json = { headers: { 'Content-Type': 'application/json' } };

export function options(rate, vus) {
  return {
    scenarios: {
      orders: {
        executor: 'constant-arrival-rate',
        rate,
        timeUnit: '1m',
        duration: `${__ENV.LAB_DURATION_S}s`,
        preAllocatedVUs: vus,
        maxVUs: vus,
      },
    },
  };
}

export function seed() {
  const orders = [];
  for (let level = 0; level < 100; level += 1) orders.push(order(`seed-${level}`, 'SELL', 100000));
  http.post(`${url}/seed`, JSON.stringify({ orders }), { ...json, tags: { name: 'seed' } });
}

export function buy(number) {
  http.post(`${url}/orders`, JSON.stringify(order(`buy-${number}`, 'BUY', 10)), { ...json, tags: { name: 'orders' } });
}

function order(id, side, quantity) {
  return { orderId: `${__ENV.LAB_TESTID}-${id}`, symbol: 'TEST-ASSET-A', side, type: 'LIMIT', price: 15000, quantity };
}
