// A program that does nothing with what the gateway is made of: the start of every such program.
import 'fastify'
import 'ioredis'
import 'pino'

process.stdout.write('ready\n')
