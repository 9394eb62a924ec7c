// Seeds the shards' books before the load begins: to each shard the orders of its own symbols.
import http from 'k6/http';

import { resting } from './book.js';

const CHUNK = 1000; // orders a request, about 130 kB
const AT_ONCE = 6; // requests; k6 sends no more to one host side by side

export function seed(config) {
  let batch = [];
  for (const request of requests(config)) {
    batch.push(request);
    if (batch.length === AT_ONCE) {
      send(batch);
      batch = [];
    }
  }
  if (batch.length > 0) send(batch);
}

// The shards take turns, so that those of a batch work side by side.
function* requests(config) {
  const turns = config.shards.map((shard) => requestsTo(shard, config));
  while (turns.length > 0) {
    const shard = turns.shift();
    const { value, done } = shard.next();
    if (done) continue;
    yield value;
    turns.push(shard);
  }
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
  };
}

function send(batch) {
  http.batch(batch).forEach((response, n) => {
    if (response.status !== 200) {
      throw new Error(`seeding at ${batch[n].url}: got ${response.status} ${response.error || response.body}`);
    }
  });
}
