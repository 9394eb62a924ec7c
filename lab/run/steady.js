// The lab's own requests, none of them an order: one kind at a steady rate, as an open model.
import exec from 'k6/execution';
import http from 'k6/http';

const HANG_S = 5; // as long as an order may take: then there are virtual users enough for each request to hang
const perSecond = Number(__ENV.LAB_RATE) / 60;
const vus = Math.ceil(perSecond * HANG_S) + 10;
const body = __ENV.LAB_BODY; // none: a GET
const params = {
  headers: body ? { 'Content-Type': 'application/json' } : {},
  tags: { name: __ENV.LAB_NAME },
  timeout: `${HANG_S}s`,
};

export const options = {
  discardResponseBodies: true,
  scenarios: {
    steady: {
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

export default function ask() {
  const due = exec.scenario.startTime + (exec.scenario.iterationInTest * 1000) / perSecond;
  exec.vu.metrics.metadata.due = String(due); // epoch ms; metadata makes no series
  if (body) http.post(__ENV.LAB_URL, body, params);
  else http.get(__ENV.LAB_URL, params);
}
