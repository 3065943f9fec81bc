// Names of procedures. A name belongs to the agency that gave it and is used for that agency's dossiers only. Some
// thousands in a whole province; they change rarely, and always with an update that carries the new name.
import { asFault, type RedisDoor, throwFault } from '../../redis/connection.js'
import type { DossierNo } from '../dossier.js'

export interface Procedure {
  readonly code: string
  readonly name: string
}

const key = 'proc'
// 120 agencies of 150 procedures each, about 5 MB.
const maxKnown = 20_000

export type Procedures = ReturnType<typeof openProcedures>

/** The names are in Redis; each process caches those it has read. */
export function openProcedures(door: Pick<RedisDoor, 'request' | 'batch'>) {
  const known = new Map<string, string>()
  const fieldOf = ({ agency }: DossierNo, code: string) => `${agency} ${code}`
  const keep = (field: string, name: string) => {
    if (known.size >= maxKnown) known.clear()
    known.set(field, name)
  }

  return {
    /** The name, if this process has it cached. */
    known: (no: DossierNo, code: string) => known.get(fieldOf(no, code)),

    /** The name an agency gave a code; the code itself if it gave none. */
    async name(no: DossierNo, code: string): Promise<string> {
      const field = fieldOf(no, code)
      const name = known.get(field) ?? (await door.request.hget(key, field).catch(throwFault)) ?? undefined
      if (name === undefined) return code
      keep(field, name)
      return name
    },

    /**
     * Stores the names that came with updates. A name from an applied update replaces the old one; one from a repeated
     * update only fills a gap, as the first attempt may have died in between. A code given as the name, by files and
     * systems that know no name, is not stored. Throws when Redis is away.
     */
    async learn(
      named: readonly { no: DossierNo; procedure: Procedure; kind: 'applied' | 'duplicate' }[],
    ): Promise<void> {
      const news = named.filter(({ no, procedure, kind }) => {
        if (procedure.name === procedure.code) return false
        const name = known.get(fieldOf(no, procedure.code))
        return kind === 'applied' ? name !== procedure.name : name === undefined
      })
      if (news.length === 0) return
      const batch = door.batch()
      for (const { no, procedure, kind } of news) {
        const field = fieldOf(no, procedure.code)
        batch.add(() =>
          kind === 'applied'
            ? door.request.hset(key, field, procedure.name)
            : door.request.hsetnx(key, field, procedure.name),
        )
      }
      const failed = (await batch.exec()).find(([error]) => error)
      if (failed) throw asFault(failed[0])
      for (const { no, procedure, kind } of news)
        if (kind === 'applied') keep(fieldOf(no, procedure.code), procedure.name)
    },
  }
}
