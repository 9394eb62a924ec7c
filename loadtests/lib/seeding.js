// Seeds the shards' books before the load begins: to each shard the orders of its own symbols.
import http from 'k6/http';

import { resting } from './book.js';

const CHUNK = 1000; // orders a request, about 130 kB

// A shard is asked for one chunk at a time, since nothing lets it be asked for more; the shards side by side.
export function seed(config) {
  const shards = config.shards.map((shard) => requestsTo(shard, config));
  for (let batch = nextOf(shards); batch.length > 0; batch = nextOf(shards)) send(batch);
}

function nextOf(shards) {
  return shards.map((requests) => requests.next()).flatMap(({ value, done }) => (done ? [] : [value]));
}

function* requestsTo(shard, config) {
  const url = `${config.url}${shard.seedPath}`;
  let chunk = [];
  for (const symbol of config.symbols.filter((one) => one.shard === shard)) {
    for (const order of resting(config, symbol)) {
      chunk.push(order);
      if (chunk.length === CHUNK) {
        yield request(url, chunk);
        chunk = [];
      }
    }
  }
  if (chunk.length > 0) yield request(url, chunk);
}

function request(url, orders) {
  return {
    method: 'POST',
    url,
    body: JSON.stringify({ orders }),
    params: { headers: { 'Content-Type': 'application/json' }, tags: { name: 'seed' }, timeout: '30s' },
    sent: orders.length,
  };
}

function send(batch) {
  http.batch(batch).forEach((response, n) => {
    const { url, sent } = batch[n];
    if (response.status !== 200) {
      throw new Error(`seeding at ${url}: got ${response.status} ${response.error || response.body}`);
    }
    if (seeded(response) < sent) throw new Error(`seeding at ${url}: ${seeded(response)} of ${sent} orders rest`);
  });
}

// As many as the answer counts; all, if it counts none.
function seeded({ body }) {
  const counted = /"seeded"\s*:\s*(\d+)/.exec(body);
  return counted === null ? Infinity : Number(counted[1]);
}
