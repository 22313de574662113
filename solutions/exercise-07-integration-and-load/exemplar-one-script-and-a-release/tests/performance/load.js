import http from 'k6/http';
import { check, sleep } from 'k6';

const LIMITS = {
  'http_req_duration{expected_response:true}': [{ threshold: 'p(95) < 150', abortOnFail: false }],
  http_req_failed: [{ threshold: 'rate < 0.01' }],
  checks: ['rate > 0.99'],
};

export const options = {
  scenarios: {
    campaign: {
      executor: 'ramping-vus',
      stages: [
        { duration: '10s', target: 20 },
        { duration: '50s', target: 20 },
      ],
    },
  },
  thresholds: LIMITS,
};

const before = JSON.parse(open('./baseline.json'));

export function setup() {
  console.log(`95 of 100 answers came within ${before.p95_ms} ms on ${before.measured}`);
}

export default function () {
  const months = Math.floor(Math.random() * 72);
  const answer = http.post(
    `${__ENV.TARGET}/predict`,
    JSON.stringify({
      tenure_months: months,
      contract: 'one-year',
      monthly_charges: 30 + (months % 40),
      total_charges: months * 45,
      support_tickets_90d: months % 4,
    }),
    { headers: { 'Content-Type': 'application/json' }, timeout: '5s' },
  );
  check(answer, { 'is 200': (one) => one.status === 200 });
  sleep(0.1);
}
