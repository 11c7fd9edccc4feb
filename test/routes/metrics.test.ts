import t from 'tap'
import metrics from '../../plugins/metrics.ts'
import { bareServer } from '../helpers/http.ts'

t.test('/metrics is Prometheus text with the metrics of the process, and is not logged', async (t) => {
  const { app, log } = await bareServer(t, (app) => app.register(metrics))
  const response = await app.inject('/metrics')
  t.equal(response.statusCode, 200)
  t.match(response.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(response.body, /^# HELP process_cpu_user_seconds_total /m)
  t.match(response.body, /^nodejs_eventloop_lag_seconds \d/m)
  t.strictSame(log, [])
})
