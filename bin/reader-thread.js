// A thread that reads transcripts beside the program; see src/transcript/read-aside.ts.
import { parentPort } from 'node:worker_threads'
import { createFiles } from '../dist/node/files.js'
import { serveReading } from '../dist/transcript/read-aside.js'

parentPort?.once('message', (order) => serveReading(order, createFiles(), (answer) => parentPort.postMessage(answer)))
