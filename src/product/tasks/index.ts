import { Module } from '@nestjs/common';
import { PlansModule } from '../../metering/plans/index.js';
import { QuotasModule } from '../../metering/quotas/index.js';
import { queue } from '../../platform/queue/index.js';
import { EstimatedDuration } from './estimated-duration.js';
import { TaskChanges } from './task-changes.js';
import { TaskEnds } from './task-ends.js';
import { TaskFiles } from './task-files.js';
import { TaskFilesRepository } from './task-files.repository.js';
import { TaskModel } from './task-model.js';
import { TaskRunners } from './task-runners.js';
import { TaskStream } from './task-stream.js';
import { TaskTurnsRepository } from './task-turns.repository.js';
import { TaskWorker } from './task-worker.js';
import { TasksController } from './tasks.controller.js';
import { TasksJobs } from './tasks.jobs.js';
import { TasksLeases } from './tasks.leases.js';
import { TASKS_QUEUE } from './tasks.queue.js';
import { TasksMetrics } from './tasks.metrics.js';
import { TasksRepository } from './tasks.repository.js';
import { TasksService } from './tasks.service.js';
import { TasksSubscriber } from './tasks.subscriber.js';
import { TasksSweep } from './tasks.sweep.js';

export { tasksEvents } from './tasks.events.js';
export { PreferredWait, SubmitsTask } from './submits-task.js';
export { TaskEvent } from './task-event.entity.js';
export { FILE_TYPES, TaskFile } from './task-file.entity.js';
export { TaskFailure, TaskRunner, type TaskContext, type TaskQuestion } from './task-runner.js';
export { TaskResult } from './task-result.entity.js';
export { TaskRunners } from './task-runners.js';
export { TaskTurn } from './task-turn.entity.js';
export { Task } from './task.entity.js';
export type { SubmittedTaskDto, TaskDto, TaskResultsDto } from './tasks.dto.js';
export type { TaskProgressDto } from './task-stream.dto.js';
export { TasksService } from './tasks.service.js';

const tasksQueue = queue(TASKS_QUEUE);

@Module({
  imports: [tasksQueue, PlansModule, QuotasModule],
  controllers: [TasksController],
  providers: [
    TasksService,
    TasksRepository,
    TaskFiles,
    TaskFilesRepository,
    TaskTurnsRepository,
    TaskChanges,
    TaskEnds,
    TaskStream,
    EstimatedDuration,
    TasksMetrics,
  ],
  exports: [TasksService, TasksRepository, TaskTurnsRepository, TaskChanges, TaskEnds],
})
export class TasksModule {}

/** The part for the worker. Modules of task types import it and add their runners. */
@Module({
  imports: [tasksQueue, TasksModule, PlansModule, QuotasModule],
  providers: [TaskRunners, TaskWorker, TaskModel, TasksLeases, TasksJobs, TasksSweep, TasksSubscriber],
  exports: [TaskRunners],
})
export class TasksWorkerModule {}
