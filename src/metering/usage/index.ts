import { Module } from '@nestjs/common';

export { UsageRecord } from './usage-record.entity.js';

@Module({})
export class UsageModule {}
