import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ConfigSchema } from '../../app.ts'
import { type ConfigProblem, loadConfig } from '../../config.ts'

export const DEPLOY = join(import.meta.dirname, '../../deploy')

// biome-ignore lint/suspicious/noExplicitAny: files of every shape
export type Document = any

export const readDeploy = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8')

/** A YAML file of deploy/, with `<<` resolved as compose does. */
export const readYaml = (path: string): Document => parse(readDeploy(path), { merge: true })

/** What kustomization.yaml lists, by kind. */
export function readManifests(): Record<string, Document> {
  const { resources } = readYaml('k8s/kustomization.yaml') as { resources: string[] }
  const manifests = resources.map((file) => readYaml(`k8s/${file}`))
  return Object.fromEntries(manifests.map((manifest) => [manifest.kind, manifest]))
}

export const manifestFiles = (): string[] => readdirSync(join(DEPLOY, 'k8s'))

/** Names that the server does not know, and values that it would refuse. */
export function wrongSettings(env: Record<string, string>): (string | ConfigProblem)[] {
  const unknown = Object.keys(env).filter((name) => !(name in ConfigSchema.properties))
  const loaded = loadConfig(ConfigSchema, env)
  return [...unknown, ...('problems' in loaded ? loaded.problems : [])]
}

export const VERSION = (
  JSON.parse(readFileSync(join(DEPLOY, '../package.json'), 'utf8')) as { version: string }
).version
