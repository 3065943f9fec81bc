// One third of the tests that need a Redis at most, in one process.
import { runLane } from './runner/lane.js'
import { lanes } from './runner/lanes.js'

runLane(lanes[2]!)
