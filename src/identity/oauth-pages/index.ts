export { approvalPage, type ApprovalQuestion } from './approval-page.js';
export { consentPage, type ConsentChoice, type ConsentQuestion } from './consent-page.js';
export {
  deviceCancelledPage,
  deviceConfirmationPage,
  deviceDonePage,
  devicePage,
  type DeviceForm,
} from './device-pages.js';
export { type InteractionForm, type Refusal } from './interaction-form.js';
export { errorPage, formPostPage, refusedPage, returnPage, signedOutPage, signOutPage } from './other-pages.js';
export { forgotPasswordPage, passwordMailedPage, signInPage, signUpPage, type Entered } from './sign-in-pages.js';
