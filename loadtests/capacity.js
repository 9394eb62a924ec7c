// One try of the search for a topology's capacity: a constant rate with random arrivals, up to thousands of orders a second.
import { load } from './lib/load.js';

// VUs for 1 s of the rate: 2,000 take 1.2 GB. When they don't suffice, k6 drops iterations: answers take 1 s on average
// (0.5 s at 4,000 orders a second), so the rate does not hold; or k6 lacks CPU, which its CPU share tells apart.
const oneSecond = (perSecond) => Math.min(Math.max(Math.ceil(perSecond), 50), 2000);
const tried = { rate: 5040, duration: 20, warmup: 8, arrivals: 'random', p99: 200, errorRate: 0.01 };
const capacity = load(tried, oneSecond);

export const options = capacity.options;
export const setup = capacity.setup;
export default capacity.placeOrder;
