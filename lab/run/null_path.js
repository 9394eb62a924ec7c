// The null path: nothing but /health at the entry, at a case's rate, as an open model. No order, so no engine's work.
import exec from 'k6/execution';
import http from 'k6/http';

const HANG_S = 5; // as long as an order may take: then there are virtual users enough for each request to hang
const perSecond = Number(__ENV.LAB_RATE) / 60;
const vus = Math.ceil(perSecond * HANG_S) + 10;

export const options = {
  scenarios: {
    path: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.LAB_RATE),
      timeUnit: '1m',
      duration: `${__ENV.LAB_DURATION_S}s`,
      preAllocatedVUs: vus,
      maxVUs: vus,
      gracefulStop: `${HANG_S + 1}s`,
    },
  },
};

export default function askHealth() {
  const due = exec.scenario.startTime + (exec.scenario.iterationInTest * 1000) / perSecond;
  exec.vu.metrics.metadata.due = String(due);
  http.get(`${__ENV.LAB_ENTRY}/health`, { tags: { name: 'health' }, timeout: `${HANG_S}s` });
}
