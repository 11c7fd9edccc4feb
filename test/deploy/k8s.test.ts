import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { build, call } from '../helpers/app.ts'
import { missing } from '../helpers/not-run.ts'
import { findProgram } from '../helpers/servers.ts'
import {
  DEPLOY,
  type Document,
  manifestFiles,
  readDeploy,
  readManifests,
  readYaml,
  VERSION,
  wrongSettings,
} from './documents.ts'

const manifests = readManifests()
const { Deployment, Service, ConfigMap, HorizontalPodAutoscaler, NetworkPolicy } = manifests
const { PodDisruptionBudget, ServiceMonitor } = manifests
const pod = Deployment.spec.template
const [container] = pod.spec.containers as [Document]
const labels = { 'app.kubernetes.io/name': 'synckairos' }

t.test('kustomize renders it, all in one namespace', async (t) => {
  const { namespace, resources } = readYaml('k8s/kustomization.yaml')
  t.same([...resources, 'kustomization.yaml'].sort(), manifestFiles().sort(), 'every file is listed')
  const kubectl = findProgram('kubectl')
  if (!kubectl) return void missing(t, 'kubectl', 'install kubernetes-client, or kubectl')
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', join(DEPLOY, 'k8s')])
  const rendered: Document[] = parseAllDocuments(stdout).map((document) => document.toJS())
  t.same(rendered.map(({ kind }) => kind).sort(), Object.keys(manifests).sort())
  for (const { kind, metadata } of rendered) t.equal(metadata.namespace, namespace, kind)
})

t.test('it is what the API of Kubernetes takes', async (t) => {
  type Model = new (manifest: Document) => { validate(): void }
  // A ServiceMonitor belongs to the operator of Prometheus.
  const { ServiceMonitor: _, ...own } = manifests
  for (const [kind, manifest] of Object.entries(own)) {
    const models: Record<string, Model> = await import(`kubernetes-models/${manifest.apiVersion}/${kind}`)
    const Model = models[kind] as Model
    t.doesNotThrow(() => new Model(manifest).validate(), kind)
    t.throws(() => new Model({ ...manifest, metadata: 'wrong' }).validate(), `${kind}, were it wrong`)
  }
})

t.test('what it sets, the server knows and takes', async (t) => {
  const comment = readDeploy('k8s/kustomization.yaml')
  const urls = [...comment.matchAll(/--from-literal=(\w+)='(.*)'/g)].map(([, name, value]) => [name, value])
  t.equal(urls.length, 2)
  t.same(wrongSettings({ ...ConfigMap.data, ...Object.fromEntries(urls) }), [])
  t.same(container.envFrom, [
    { configMapRef: { name: ConfigMap.metadata.name } },
    { secretRef: { name: 'synckairos-urls' } },
  ])
  t.match(comment, 'secret generic synckairos-urls')
  t.match(comment, 'secret generic synckairos-tokens --from-file=tokens ')
  const [volume] = pod.spec.volumes
  t.equal(volume.secret.secretName, 'synckairos-tokens')
  t.match(container.volumeMounts[0], { name: volume.name, readOnly: true })
  t.equal(ConfigMap.data.AUTH_TOKENS_FILE, `${container.volumeMounts[0].mountPath}/tokens`)
  t.equal(volume.secret.defaultMode, 0o440, 'the group may read them, and is that of the server')
  t.equal(pod.spec.securityContext.fsGroup, pod.spec.securityContext.runAsGroup)
})

t.test('ports and paths are those of the server', async (t) => {
  const app = await build(t)
  const [port] = container.ports
  t.equal(String(port.containerPort), ConfigMap.data.PORT)
  for (const [probe, path] of [
    ['startupProbe', '/health'],
    ['livenessProbe', '/health'],
    ['readinessProbe', '/ready'],
  ] as const) {
    t.same(container[probe].httpGet, { path, port: port.name }, probe)
    t.equal((await call(app, 'GET', path)).status, 200)
  }
  t.ok(container.readinessProbe.timeoutSeconds > 2, '/ready takes up to 2 s')
  t.equal(Service.spec.ports[0].targetPort, port.name)
  t.equal(NetworkPolicy.spec.ingress[0].ports[0].port, port.name)
  const [endpoint] = ServiceMonitor.spec.endpoints
  t.equal(endpoint.port, Service.spec.ports[0].name)
  t.equal((await call(app, 'GET', endpoint.path)).status, 200)
  t.ok(ServiceMonitor.spec.jobLabel in Service.metadata.labels)
})

t.test('everything is about the same pods', async (t) => {
  t.equal(container.image, `synckairos:${VERSION}`)
  t.same(pod.metadata.labels, labels)
  t.same(Deployment.spec.selector.matchLabels, labels)
  t.same(Service.spec.selector, labels)
  t.same(Service.metadata.labels, labels)
  t.same(ServiceMonitor.spec.selector.matchLabels, labels)
  t.same(NetworkPolicy.spec.podSelector.matchLabels, labels)
  t.same(PodDisruptionBudget.spec.selector.matchLabels, labels)
  for (const { labelSelector } of pod.spec.topologySpreadConstraints)
    t.same(labelSelector.matchLabels, labels)
  t.match(HorizontalPodAutoscaler.spec.scaleTargetRef, {
    kind: 'Deployment',
    name: Deployment.metadata.name,
    apiVersion: Deployment.apiVersion,
  })
})

t.test('there are always two, and none is cut off while it ends', async (t) => {
  t.notOk('replicas' in Deployment.spec, 'the autoscaler alone has the number')
  t.ok(HorizontalPodAutoscaler.spec.minReplicas >= 2)
  t.same(Deployment.spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
  t.equal(PodDisruptionBudget.spec.maxUnavailable, 1)
  const [command, seconds] = container.lifecycle.preStop.exec.command
  t.equal(command, 'sleep')
  t.ok(pod.spec.terminationGracePeriodSeconds > Number(seconds) + 15, 'longer than a shutdown may take')
  const { periodSeconds, failureThreshold } = container.readinessProbe
  t.ok(Number(ConfigMap.data.SHUTDOWN_DELAY_MS) >= 1000 * periodSeconds * failureThreshold)
})

t.test('a pod has the least that it needs', async (t) => {
  t.match(pod.spec, {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  })
  t.match(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  t.match(container.resources, { requests: { cpu: String, memory: String }, limits: { memory: String } })
  t.same(NetworkPolicy.spec.policyTypes, ['Ingress', 'Egress'])
})
