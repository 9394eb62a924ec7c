// B2, peak: 5,040 orders a minute for 5 minutes over the symbols of all shards, about 6,000 matches a minute.
import { load } from './lib/load.js';

const b2 = load({ via: 'gateway', rate: 5040, duration: 300, warmup: 30, p99: 200, errorRate: 0.01 });

export const options = b2.options;
export const setup = b2.setup;
export default b2.placeOrder;
