// The `complaints` command: for an office without a desk page.
import type { CoreCommand } from '../commands/command.js'
import { agencyTyped } from '../dossier/agency.js'
import { openWording } from '../dossier/wording.js'
import { exitCodes, usageError } from '../errors.js'
import { answerLength, problemOf, tidy } from './answers.js'
import { openComplaintsOf } from './open.js'
import { explain, shown } from './routes.js'
import type { Moved } from './store.js'

/** `complaints list | show | answer | hand-on | erase`. Exit code 1 when the complaint's state does not allow it. */
export const complaintsCommand: CoreCommand = async ({ args, core, json, print }) => {
  const [action, ...rest] = args
  const complaints = await openComplaintsOf(core)
  const option = (name: string) => {
    const at = rest.findIndex((word) => word === name || word.startsWith(`${name}=`))
    if (at < 0) return undefined
    return rest[at] === name ? rest.splice(at, 2)[1] : rest.splice(at, 1)[0]!.slice(name.length + 1)
  }
  const typed = option('--agency')
  const agency = typed === undefined ? undefined : agencyTyped(typed, core.config.agencies).code
  const [ticket = ''] = rest

  const report = (result: Moved): number => {
    if (json) print(JSON.stringify({ ticket, result }))
    else if (result === 'done') print(`${ticket}: done`)
    else if (result === 'unknown') print(`there is no ${ticket}`)
    else print(`${ticket} is ${result}`)
    return result === 'done' ? exitCodes.ok : exitCodes.failed
  }
  const audited = async (what: string, result: Moved): Promise<number> => {
    if (result === 'done')
      await core.audit.record({ who: 'command line', what: `complaint.${what}`, on: ticket, result })
    return report(result)
  }

  switch (action) {
    case 'list': {
      const list = (await complaints.list(agency && complaints.officeFor(agency).code)).map(shown)
      if (json) print(JSON.stringify({ complaints: list }))
      else {
        for (const one of list)
          print(
            `${one.ticket}  ${one.agency}  ${one.state}${one.overdue ? ' OVERDUE' : ''}  by ${one.dueDay}`,
          )
        if (list.length === 0) print('no complaints')
      }
      return exitCodes.ok
    }
    case 'show': {
      const complaint = await complaints.read(ticket)
      if (!complaint) return report('unknown')
      const one = shown(complaint)
      if (json) print(JSON.stringify(one))
      else for (const [name, value] of Object.entries(one)) print(`${name}: ${oneLine(String(value))}`)
      return exitCodes.ok
    }
    case 'answer': {
      const answer = rest.slice(1).join(' ')
      const { vi, en } = openWording(core.config.wording)
      const most = answerLength([vi, en])
      const problem = problemOf(answer, most)
      if (problem) throw usageError(explain(problem, most))
      return audited('answer', await complaints.answer(ticket, undefined, tidy(answer)))
    }
    case 'hand-on':
      if (!agency) throw usageError('complaints hand-on TICKET --agency CODE')
      return audited('hand-on', await complaints.handOn(ticket, undefined, agency))
    case 'erase':
      return audited('erase', await complaints.erase(ticket, undefined))
    default:
      throw usageError('complaints list | show | answer | hand-on | erase')
  }
}

// A citizen's text as one line, without characters that a terminal would obey.
const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
