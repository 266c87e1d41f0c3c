import { Deque } from "../core/shared/deque.ts";
import { type Job, whenEnded } from "./job.ts";

/** How the results of a map come. */
export type MapOptions = {
  /**
   * Whether results come in the order of their inputs; if not, as they are ready.
   * @default true
   */
  readonly ordered?: boolean;
  /**
   * How many jobs may be under way or wait to be taken, at the most. Inputs are read as there is room.
   * @default 1024 for each slot
   */
  readonly window?: number;
  /** Ends the map: jobs that have not ended are cancelled, and the iteration throws the signal's reason. */
  readonly signal?: AbortSignal;
};

/** Either kind of iterable. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** A job that has ended; in an object, because async iteration would await the job itself. */
export type EndedJob<T> = { readonly job: Job<T> };

type Settings = {
  readonly ordered: boolean;
  /** It may change while the stream runs. */
  readonly window: () => number;
  readonly signal: AbortSignal | undefined;
};

/** Submits a job for each input, no more than a window ahead of the consumer, and gives each job after its end. */
export class JobStream<In, Out> implements AsyncIterableIterator<EndedJob<Out>, void, undefined> {
  readonly #submit: (input: In) => Job<Out>;
  readonly #settings: Settings;
  readonly #iterator: Iterator<In> | AsyncIterator<In>;
  /** Jobs in the order in which they are given to the consumer: that of the inputs, or else that of their ends. */
  readonly #line = new Deque<Job<Out>>();
  /** Jobs that are not in line because they have not ended. */
  readonly #running = new Set<Job<Out>>();
  #exhausted = false;
  #inputError: { readonly error: unknown } | undefined;
  #reading = false;
  /** Consumers that wait; there may be more than one call of `next` at a time. */
  #waiting: (() => void)[] = [];

  /**
   * @param inputs Read one at a time, as the window allows.
   * @param submit Makes a job of an input.
   */
  constructor(inputs: AnyIterable<In>, submit: (input: In) => Job<Out>, settings: Settings) {
    this.#submit = submit;
    this.#settings = settings;
    // A text is an iterable too, and no object.
    const source: Partial<AsyncIterable<In>> = Object(inputs);
    this.#iterator = source[Symbol.asyncIterator]?.() ??
      (inputs as Iterable<In>)[Symbol.iterator]();
    settings.signal?.addEventListener("abort", this.#signalAborted, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next job that has ended. */
  next(): Promise<IteratorResult<EndedJob<Out>, void>> {
    // Mostly there is one, and waiting for nothing would cost more than the job.
    const job = this.#settings.signal?.aborted === true ? undefined : this.#take();
    if (job === undefined) return this.#waitForNext();
    this.#refill();
    return Promise.resolve({ done: false, value: { job } });
  }

  /** Cancels what has not ended and closes the inputs. */
  async return(): Promise<IteratorResult<EndedJob<Out>, void>> {
    this.#settings.signal?.removeEventListener("abort", this.#signalAborted);
    const wasExhausted = this.#exhausted;
    this.#exhausted = true;
    const open = [...this.#running, ...this.#line];
    for (const job of open) job.cancel();
    await Promise.all(open.map((job) => job.settled()));
    while (this.#line.shift() !== undefined);
    if (!wasExhausted) {
      const closed = this.#iterator.return?.();
      // An input that is still awaited may never come, and its iterator closes only after it.
      if (!this.#reading) await closed;
    }
    return { done: true, value: undefined };
  }

  async #waitForNext(): Promise<IteratorResult<EndedJob<Out>, void>> {
    try {
      for (;;) {
        this.#settings.signal?.throwIfAborted();
        this.#refill();
        const job = this.#take();
        if (job !== undefined) return { done: false, value: { job } };
        if (this.#untaken === 0 && !this.#reading) {
          // Jobs that were submitted before the inputs failed still count.
          const failure = this.#inputError;
          this.#inputError = undefined;
          if (failure !== undefined) throw failure.error;
          if (this.#exhausted) return await this.return();
        }
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  /** Reads on by halves of the window, so that jobs are placed in batches and not one for each result taken. */
  #refill(): void {
    if (this.#reading || this.#exhausted || this.#untaken > this.#settings.window() / 2) return;
    void this.#read();
  }

  readonly #signalAborted = (): void => this.#wakeUp();

  readonly #wakeUp = (): void => {
    for (const resolve of this.#waiting.splice(0)) resolve();
  };

  /** How many jobs were not given to the consumer yet. */
  get #untaken(): number {
    return this.#line.size + this.#running.size;
  }

  #take(): Job<Out> | undefined {
    const job = this.#line.first;
    return job === undefined || !job.ended ? undefined : this.#line.shift();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (!this.#exhausted && this.#untaken < this.#settings.window()) {
        const step = this.#iterator.next();
        // Inputs of a plain iterable are read without a turn of the event loop for each.
        const { done, value } = "done" in step ? step : await step;
        if (done === true || this.#exhausted) {
          this.#exhausted = true;
          break;
        }
        this.#start(value);
      }
    } catch (error) {
      this.#exhausted = true;
      this.#inputError = { error };
    }
    this.#reading = false;
    this.#wakeUp();
  }

  #start(input: In): void {
    const job = this.#submit(input);
    if (this.#settings.ordered) {
      this.#line.pushBack(job);
      whenEnded(job, this.#wakeUp);
      return;
    }
    this.#running.add(job);
    whenEnded(job, () => {
      this.#running.delete(job);
      this.#line.pushBack(job);
      this.#wakeUp();
    });
  }
}
