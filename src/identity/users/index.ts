import { Module } from '@nestjs/common';
import { UsersRepository } from './users.repository.js';

export { User } from './user.entity.js';
export { UserDto } from './users.dto.js';
export { UsersRepository } from './users.repository.js';

@Module({ providers: [UsersRepository], exports: [UsersRepository] })
export class UsersModule {}
