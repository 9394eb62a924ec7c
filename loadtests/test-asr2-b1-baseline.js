// B1, baseline: 1,020 orders a minute for 3 minutes, all to shard a, whose matches a minute are one shard's throughput.
import { load } from './lib/load.js';
import { SHARD_A } from './lib/settings.js';

const b1 = load({ via: 'gateway', shards: SHARD_A, rate: 1020, duration: 180, warmup: 15, errorRate: 0.01 });

export const options = b1.options;
export const setup = b1.setup;
export default b1.placeOrder;
