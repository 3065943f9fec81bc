// Saved answers on how to read a kind of file, by name, so that next month's file with the same headings needs no
// questions, on the command line and at every desk. Holds headings and words for states, no dossier data.

import type { DossierStatus } from '../../dossier/dossier.js'
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { DateOrder } from './dates.js'
import type { ColumnField } from './heading-words.js'
import { type Columns, fold } from './headings.js'
import type { Wishes } from './survey.js'

export interface SavedMap {
  readonly format: 1
  readonly name: string
  /** Folded headings of the file it was made for. */
  readonly signature: string
  readonly map: readonly (readonly [string, ColumnField | '-'])[]
  readonly statuses: readonly (readonly [string, DossierStatus])[]
  readonly sheet?: string
  readonly dates?: DateOrder
}

export interface SavedMaps {
  all(): Promise<readonly SavedMap[]>
  save(map: SavedMap): Promise<void>
}

const key = 'files:maps'
/** Bounded, because each file is compared with every saved map. */
const maxSavedMaps = 50
export const savedMapName = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u

/** Methods throw GatewayError redis-unavailable when Redis is away. */
export function openSavedMaps(door: RedisDoor): SavedMaps {
  return {
    async all() {
      try {
        const kept = await door.request.hvals(key)
        return kept.map((text) => JSON.parse(text) as SavedMap).slice(0, maxSavedMaps)
      } catch (error) {
        throw asFault(error)
      }
    },
    async save(map) {
      try {
        await door.request.hset(key, map.name, JSON.stringify(map))
      } catch (error) {
        throw asFault(error)
      }
    },
  }
}

/** Two files are of one kind when they have the same headings in the same order. */
export function signatureOf({ headings }: Columns): string {
  return headings.map(fold).join('|')
}

/** A saved map as choices on how to read a file. */
export function wishesOf({ map, statuses, sheet, dates }: SavedMap): Wishes {
  return {
    map: new Map(map),
    statuses: new Map(statuses),
    ...(sheet === undefined ? {} : { sheet }),
    ...(dates === undefined ? {} : { dates }),
  }
}

/** A saved map, overridden by this run's options. */
export function laidOver(saved: Wishes, said: Wishes): Wishes {
  return {
    ...saved,
    ...said,
    map: new Map([...saved.map, ...said.map]),
    statuses: new Map([...saved.statuses, ...said.statuses]),
  }
}
