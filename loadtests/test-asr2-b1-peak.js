// B1 at the peak: 1,680 orders a minute for 2 minutes, all to shard a: what each of three shards gets at the peak of B3.
import { load } from './lib/load.js';
import { SHARD_A } from './lib/settings.js';

const b1Peak = load({ via: 'gateway', shards: SHARD_A, rate: 1680, duration: 120, warmup: 15, errorRate: 0.01 });

export const options = b1Peak.options;
export const setup = b1Peak.setup;
export default b1Peak.placeOrder;
