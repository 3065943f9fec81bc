// One third of the tests that share a process.
import { runLane } from './runner/lane.js'
import { lanes } from './runner/lanes.js'

runLane(lanes[1]!)
