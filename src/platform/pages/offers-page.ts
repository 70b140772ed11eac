import {
  applyDecorators,
  Injectable,
  mixin,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { map, type Observable } from 'rxjs';
import { Config } from '../config/index.js';
import { layout, type PageContent } from './layout.js';

/** Renders a handler's result as a page. */
type Draw<Body> = (body: Body, instance: string) => PageContent;

/** Browsers accept HTML; other clients get JSON. */
const prefersPage = (request: Request): boolean => request.accepts(['json', 'html']) === 'html';

/** Shows a handler's JSON as a page to browsers, at the same address. */
export const OffersPage = <Body>(draw: Draw<Body>): MethodDecorator => {
  @Injectable()
  class PageInterceptor implements NestInterceptor<Body, Body | string> {
    constructor(private readonly config: Config) {}

    intercept(context: ExecutionContext, next: CallHandler<Body>): Observable<Body | string> {
      const http = context.switchToHttp();
      const response = http.getResponse<Response>();
      response.vary('Accept');
      if (!prefersPage(http.getRequest<Request>())) return next.handle();
      const { instance } = this.config;
      return next.handle().pipe(
        map((body) => {
          const page = layout(instance, draw(body, instance.name));
          response.set(page.headers);
          return page.text;
        }),
      );
    }
  }
  return applyDecorators(UseInterceptors(mixin(PageInterceptor)), ApiExtension('x-offers-page', true));
};
