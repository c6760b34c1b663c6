// A thread that reads transcripts beside the program; see src/transcript/read-aside.ts.
import { parentPort } from 'node:worker_threads'
import { read } from '../dist/bundle/reader.js'

parentPort?.once('message', (order) => read(order, (answer) => parentPort.postMessage(answer)))
