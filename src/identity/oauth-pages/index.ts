export { deviceConfirmationPage, deviceDonePage, devicePage } from './device-pages.js';
export { consentPage, type ConsentQuestion } from './consent-page.js';
export { errorPage, signedOutPage, signOutPage } from './other-pages.js';
export { signInPage, signUpPage, type InteractionForm } from './sign-in-pages.js';
