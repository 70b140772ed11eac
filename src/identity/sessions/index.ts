import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { SigningKeysModule } from '../signing-keys/index.js';
import { UsersModule } from '../users/index.js';
import { OwnSessions } from './own-sessions.js';
import { PasswordCheck } from './password-check.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SignInFailuresRepository } from './sign-in-failures.repository.js';
import { SignIn } from './sign-in.js';
import { TokenVerifier } from './token-verifier.js';
import { Tokens } from './tokens.js';

export { sessionsEvents } from './sessions.events.js';
export { PasswordCheck } from './password-check.js';
export { SignInFailure } from './sign-in-failure.entity.js';
export { Session } from './session.entity.js';
export { RequestOrigin, type Origin } from './request-origin.js';
export { LoginDto, SessionTokensDto } from './sessions.dto.js';
export { SessionsService } from './sessions.service.js';
export { TokenVerifier } from './token-verifier.js';
export { Tokens, type SessionClaims } from './tokens.js';

@Module({
  imports: [UsersModule, OrganizationsModule, CredentialsModule, AuditModule, SigningKeysModule],
  controllers: [SessionsController],
  providers: [
    SessionsService,
    SessionsRepository,
    SignIn,
    OwnSessions,
    PasswordCheck,
    SignInFailuresRepository,
    Tokens,
    TokenVerifier,
  ],
  exports: [SessionsService, PasswordCheck, Tokens, TokenVerifier],
})
export class SessionsModule {}
