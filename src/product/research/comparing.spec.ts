import { describe, expect, it } from 'vitest';
import { claimOf, type Place } from './claims.js';
import { compare, type Comparison } from './comparing.js';

const PLACE: Place = { documentId: '1', title: 'Handbook', heading: '' };

function compared(
  one: string,
  other: string,
  language: string,
  places: Partial<Place>[] = [],
): Comparison | 'not comparable' | undefined {
  const claims = [one, other].map((text, index) =>
    claimOf(text, { ...PLACE, documentId: String(index), ...places[index] }, language),
  );
  const [first, second] = claims;
  if (!first || !second) return undefined;
  const result = compare(first, second);
  expect(compare(second, first)).toBe(result);
  return result;
}

const CONTRADICTING: Record<string, [string, string, Comparison][]> = {
  en: [
    ['The event is on 12 June 2025.', 'The event is on 13 June 2025.', 'date'],
    ['The law took effect on 1 January 2020.', 'The law took effect on 1 January 2021.', 'date'],
    ['The product contains nuts.', 'The product contains no nuts.', 'negation'],
    ['Our office is open from 9 am to 5 pm.', 'Our office is open from 8 am to 6 pm.', 'number'],
    ['Parking costs 10 euros per day.', 'Parking is free of charge.', 'number'],
    ['The minimum order value is 20 euros.', 'The minimum order value is 50 euros.', 'number'],
    ['Each account can have up to 5 API keys.', 'Each account can have up to 10 API keys.', 'number'],
    ['The medicine should be stored below 25 °C.', 'The medicine should be stored below 30 °C.', 'number'],
    ['A deposit of 50 euros is required.', 'A deposit of 100 euros is required.', 'number'],
    ['The library has 12,000 books.', 'The library has 15,000 books.', 'number'],
    ['Support answers within 24 hours.', 'Support answers within 4 hours.', 'number'],
    ['Employees get 25 days of vacation per year.', 'Employees get 30 days of vacation per year.', 'number'],
    [
      'The server is located in Frankfurt and has 64 GB of memory.',
      'The server is located in Frankfurt and has 32 GB of memory.',
      'number',
    ],
    ['Photos are not stored on the server.', 'Photos are stored on the server.', 'negation'],
    ['No refunds are given for used goods.', 'Refunds are given for used goods.', 'negation'],
    ['The museum is closed on Mondays.', 'The museum is open on Mondays.', 'negation'],
    ['Smoking is permitted on the terrace.', 'Smoking is prohibited on the terrace.', 'negation'],
    ['The app works offline.', "The app doesn't work offline.", 'negation'],
    ['The bridge was completed in 1932.', 'The bridge was completed in 1933.', 'date'],
    ['Rent is due on the 3rd of May.', 'Rent is due on the 5th of May.', 'date'],
    ['The meeting takes place on 3 May.', 'The meeting takes place on 4 May.', 'date'],
    ['Check-in starts at 3 pm.', 'Check-in starts at 2 pm.', 'number'],
    ['The battery lasts ten hours.', 'The battery lasts twelve hours.', 'number'],
    ['The parcel weighs 5 kg.', 'The parcel weighs 5 lbs.', 'unit'],
    [
      'Cancellation is possible up to 24 hours before arrival.',
      'Cancellation is possible up to 48 hours before arrival.',
      'number',
    ],
    ['Late payment costs 10 % interest.', 'Late payment costs 8 % interest.', 'number'],
    ['Users can upload files up to 10 MB.', 'Users can upload files up to 25 MB.', 'number'],
    ['Alcohol is not allowed on site.', 'Alcohol is allowed on site.', 'negation'],
    ['Version 3 supports streaming.', 'Version 3 does not support streaming.', 'negation'],
    ['Staff must not accept gifts.', 'Staff may accept gifts.', 'negation'],
    ['Refunds take 5 days.', 'Refunds take 10 days.', 'number'],
    ['Refunds take 5 days.', 'A refund takes two weeks.', 'number'],
    ['You can return goods within 30 days of delivery.', 'Goods can be returned within 60 days.', 'number'],
    ['The warranty lasts two years.', 'The warranty is valid for 3 years.', 'number'],
    ['Backups are kept for 30 days.', 'Backups are kept for 35 days.', 'number'],
    ['The maximum upload size is 50 MB.', 'The maximum upload size is 100 MB.', 'number'],
    ['The tank holds 50 litres.', 'The tank holds 50 gallons.', 'unit'],
    ['Sessions expire after 30 minutes.', 'Sessions expire after 30 hours.', 'unit'],
    ['The Pro plan costs 20 euros per month.', 'The Pro plan costs €25 per month.', 'number'],
    ['The Pro plan costs 20 EUR per month.', 'The Pro plan costs 20 USD per month.', 'unit'],
    ['The limit is 100 requests per minute.', 'The limit is 100 requests per hour.', 'unit'],
    ['The Pro plan includes five users.', 'The Pro plan includes 10 users.', 'number'],
    ['Passwords must have at least 8 characters.', 'Passwords must have at least 12 characters.', 'number'],
    ['Delivery is free.', 'Delivery costs 5 euros.', 'number'],
    ['The company was founded in 1998.', 'The company was founded in 1999.', 'date'],
    ['The contract ends on 31 December 2024.', 'The contract ends on 31 December 2025.', 'date'],
    ['Applications are due on May 5, 2025.', 'Applications are due on 6 May 2025.', 'date'],
    ['The office opens at 9 am.', 'The office opens at 8:30.', 'number'],
    ['Water boils at 100 °C.', 'Water boils at 90 °C.', 'number'],
    ['The tower is 300 metres high.', 'The tower is 330 metres high.', 'number'],
    ['The interest rate is 3.5 %.', 'The interest rate is 4 percent.', 'number'],
    ['The API supports XML.', 'The API does not support XML.', 'negation'],
    ['Pets are allowed.', 'Pets are not allowed.', 'negation'],
    ['Pets are allowed in the rooms.', 'Pets are prohibited in the rooms.', 'negation'],
    ['Backups are encrypted.', 'Backups are unencrypted.', 'negation'],
    ['Members can delete documents.', 'Members cannot delete documents.', 'negation'],
    ['Breakfast is included.', "Breakfast isn't included.", 'negation'],
    ['Employees must wear a badge.', 'Employees do not have to wear a badge.', 'negation'],
    ['Passwords expire after 90 days.', 'Passwords never expire.', 'negation'],
    ['A deposit is required.', 'A deposit is optional.', 'negation'],
    ['Coffee reduces the risk of stroke.', 'Coffee does not reduce the risk of stroke.', 'negation'],
    ['There is a fee for returns.', 'There is no fee for returns.', 'negation'],
    ['The feature is enabled by default.', 'The feature is disabled by default.', 'negation'],
  ],
  de: [
    ['Die Lieferung dauert drei Tage.', 'Die Lieferung dauert drei Wochen.', 'unit'],
    ['Das Frühstück ist im Preis enthalten.', 'Das Frühstück ist nicht im Preis enthalten.', 'negation'],
    ['Der Parkplatz ist kostenlos.', 'Der Parkplatz kostet 5 Euro.', 'number'],
    ['Rauchen ist auf der Terrasse gestattet.', 'Rauchen ist auf der Terrasse untersagt.', 'negation'],
    ['Der Vertrag endet am 31. Dezember 2024.', 'Der Vertrag endet am 31.12.2025.', 'date'],
    ['Mitglieder können Dokumente löschen.', 'Mitglieder können keine Dokumente löschen.', 'negation'],
    ['Die Sitzung läuft nach 30 Minuten ab.', 'Die Sitzung läuft nie ab.', 'negation'],
    ['Mitarbeiter haben 25 Tage Urlaub pro Jahr.', 'Mitarbeiter haben 30 Tage Urlaub pro Jahr.', 'number'],
    ['Die Garantie beträgt zwei Jahre.', 'Die Garantie beträgt drei Jahre.', 'number'],
    [
      'Rücksendungen sind innerhalb von 14 Tagen möglich.',
      'Rücksendungen sind innerhalb von 30 Tagen möglich.',
      'number',
    ],
    ['Der Eintritt kostet 12,50 Euro.', 'Der Eintritt kostet 15 Euro.', 'number'],
    ['Haustiere sind erlaubt.', 'Haustiere sind nicht erlaubt.', 'negation'],
    ['Haustiere sind erlaubt.', 'Haustiere sind verboten.', 'negation'],
    ['Die Daten werden verschlüsselt.', 'Die Daten werden nicht verschlüsselt.', 'negation'],
    ['Der Verein wurde 1998 gegründet.', 'Der Verein wurde im Jahr 1989 gegründet.', 'date'],
    ['Die Firma hat 1.200 Mitarbeiter.', 'Die Firma hat 1.500 Mitarbeiter.', 'number'],
    ['Der Laden öffnet um 9 Uhr.', 'Der Laden öffnet um 10 Uhr.', 'number'],
    ['Besucher müssen einen Ausweis tragen.', 'Besucher müssen keinen Ausweis tragen.', 'negation'],
  ],
  fr: [
    ['Le petit-déjeuner est inclus.', "Le petit-déjeuner n'est pas inclus.", 'negation'],
    ['Le parking est gratuit.', 'Le parking coûte 5 euros.', 'number'],
    ['Le magasin ouvre à 9 h.', 'Le magasin ouvre à 10 h.', 'number'],
    ['Le contrat se termine le 31 décembre 2024.', 'Le contrat se termine le 31 décembre 2025.', 'date'],
    ['La session expire après 30 minutes.', "La session n'expire jamais.", 'negation'],
    ['La bibliothèque compte 12 000 livres.', 'La bibliothèque compte 15 000 livres.', 'number'],
    ['La garantie dure deux ans.', 'La garantie dure trois ans.', 'number'],
    ['Les animaux sont autorisés.', 'Les animaux ne sont pas autorisés.', 'negation'],
    ['Les animaux sont autorisés.', 'Les animaux sont interdits.', 'negation'],
    ["L'entrée coûte 12,50 euros.", "L'entrée coûte 15 euros.", 'number'],
    ['La livraison prend 5 jours.', 'La livraison prend 10 jours.', 'number'],
    ["L'entreprise a été fondée en 1998.", "L'entreprise a été fondée en 2001.", 'date'],
    ['Les membres peuvent supprimer des documents.', 'Les membres ne peuvent pas supprimer de documents.', 'negation'],
  ],
  es: [
    ['El desayuno está incluido.', 'El desayuno no está incluido.', 'negation'],
    ['El aparcamiento es gratuito.', 'El aparcamiento cuesta 5 euros.', 'number'],
    ['La tienda abre a las 9.', 'La tienda abre a las 10.', 'number'],
    ['El contrato termina el 31 de diciembre de 2024.', 'El contrato termina el 31 de diciembre de 2025.', 'date'],
    ['La sesión caduca después de 30 minutos.', 'La sesión nunca caduca.', 'negation'],
    ['La biblioteca tiene 12.000 libros.', 'La biblioteca tiene 15.000 libros.', 'number'],
    ['La garantía dura dos años.', 'La garantía dura tres años.', 'number'],
    ['Se admiten mascotas.', 'No se admiten mascotas.', 'negation'],
    ['Las mascotas están permitidas.', 'Las mascotas están prohibidas.', 'negation'],
    ['La entrada cuesta 12,50 euros.', 'La entrada cuesta 15 euros.', 'number'],
    ['El envío tarda 5 días.', 'El envío tarda 10 días.', 'number'],
    ['La empresa fue fundada en 1998.', 'La empresa fue fundada en 2001.', 'date'],
    ['Los miembros pueden borrar documentos.', 'Los miembros no pueden borrar documentos.', 'negation'],
  ],
};

/** Pairs that can both be true, or that say the same. */
const COMPATIBLE: Record<string, [string, string][]> = {
  en: [
    ['The 2022 report has 80 pages.', 'The 2023 report has 90 pages.'],
    ['The device is not waterproof.', 'The device is waterproof up to 1 m.'],
    ['Doses of 5 mg reduce pain.', 'Doses of 10 mg reduce pain.'],
    ['A survey of 500 people found that 40 % agree.', 'A survey of 800 people found that 55 % agree.'],
    ['In summer the pool opens at 8 am.', 'In winter the pool opens at 10 am.'],
    ['Standard shipping takes 5 days.', 'Express shipping takes 1 day.'],
    ['The product contains no nuts.', 'The product contains no milk.'],
    ['It is not uncommon for refunds to take 5 days.', 'It is common for refunds to take 10 days.'],
    ['Between 2010 and 2015, sales doubled.', 'Between 2015 and 2020, sales doubled.'],
    ['He scored 3 goals in the first half.', 'He scored 2 goals in the second half.'],
    ['The museum is closed on Mondays.', 'The museum is open on Tuesdays.'],
    ['Version 3 supports streaming.', 'Version 2 does not support streaming.'],
    ['The meeting on Monday takes 2 hours.', 'The meeting on Friday takes 3 hours.'],
    ['In 2023 revenue rose by 5 percent.', 'In 2024 revenue rose by 7 percent.'],
    ['Adults pay 10 euros.', 'Children pay 5 euros.'],
    ['The battery lasts up to 10 hours.', 'The battery lasts 8 hours.'],
    ['Most users prefer the app.', 'Most users do not prefer the website.'],
    ['The plan includes 5 users and 10 projects.', 'The plan includes 10 users.'],
    ['Room 12 has 20 seats.', 'Room 14 has 30 seats.'],
    ['The train from Bern to Basel takes 60 minutes.', 'The train from Basel to Zurich takes 55 minutes.'],
    ['Staff may work from home.', 'Staff do not work from home.'],
    ['Only admins can delete documents.', 'Admins can delete documents.'],
    ['The old building has 5 floors.', 'The new building has 9 floors.'],
    ['The shop opens at 9:00 on weekdays.', 'The shop opens at 10:00 on Sundays.'],
    ['No more than 5 guests are allowed.', 'At most 5 guests are allowed.'],
    ['The population was 5 million in 2010.', 'The population was 6 million in 2020.'],
    ['The warranty is not limited to 2 years.', 'The warranty is limited to 2 years in some countries.'],
    ['Tickets cost 10 euros or 12 dollars.', 'Tickets cost 10 euros.'],
    ['Tickets cost 10 euros.', 'Tickets cost 12 dollars.'],
    ['The fee is 10 euros per day.', 'The fee is 70 euros per week.'],
    ['A year has 365 days.', 'A leap year has 366 days.'],
    ['Anna lives at 5 Main Street.', 'Anna lives at 7 Hill Road.'],
    ['The study found an effect in 20 patients.', 'The study found no effect in 30 patients.'],
    ['Vitamin C does not prevent colds.', 'Vitamin D prevents colds.'],
    ['The default is 5 seconds.', 'The maximum is 10 seconds.'],
    ['Press 5 to continue.', 'Press 7 to continue with the next step.'],
    ['Sales increased by 5 % in Europe.', 'Sales increased by 8 % in Asia.'],
    ['According to Miller, the effect lasts 5 days.', 'According to Chen, the effect lasts 9 days.'],
    ['Daily backups are kept for 7 days.', 'Weekly backups are kept for 30 days.'],
    ['The Pro plan costs 20 euros.', 'The Basic plan costs 10 euros.'],
    ['Plan 3 costs 20 euros.', 'Plan 4 costs 30 euros.'],
    ['Node 18 needs 200 MB.', 'Node 20 needs 250 MB.'],
    ['In 2023, the fee was 20 euros.', 'In 2024, the fee was 30 euros.'],
    ['The limit was 50 MB.', 'The limit is 100 MB.'],
    ['Revenue grew in 2023.', 'Revenue grew in 2024.'],
    ['The limit is 60 requests per minute.', 'The limit is 1,000 requests per hour.'],
    ['The company has more than 50 employees.', 'The company has more than 100 employees.'],
    ['Passwords must have at least 8 characters.', 'Passwords must have at most 64 characters.'],
    ['The shop is open from 9:00.', 'The shop is open until 17:00.'],
    ['The trial starts after 14 days.', 'The trial ends after 30 days.'],
    ['Some plans include support.', 'Some plans do not include support.'],
    ['Not all plans include support.', 'The plans include support.'],
    ['The API does not only support XML.', 'The API supports XML.'],
    ['Users can enable two-factor sign-in.', 'Users do not have to enable two-factor sign-in.'],
    ['You can cancel without notice.', 'You cannot cancel with a refund.'],
    ['Goods can be returned within 30 days of delivery.', 'Goods can be returned within 60 days of purchase.'],
    ['Premium customers can return goods within 60 days.', 'Customers can return goods within 30 days.'],
    ['It costs 5 euros.', 'It costs 10 euros.'],
    ['Transfers from Alice to Bob take 2 days.', 'Transfers from Bob to Alice take 3 days.'],
    ['The tower is 300 metres high.', 'The tower is 100 metres wide.'],
    ['Returns are free for members.', 'Returns are not free for guests.'],
    ['If the order is late, delivery costs 5 euros.', 'Delivery costs 10 euros.'],
    ['The company was founded in 1998.', 'The company was founded in May 1998.'],
    ['Does the API support XML?', 'The API does not support XML.'],
    ['The project might cost 5 million dollars.', 'The project might cost 7 million dollars.'],
    ['About 1,000 people live there.', 'About 1,200 people live there.'],
    ['Refunds take 5 business days.', 'Refunds take 7 days.'],
    ['Delivery takes 3 to 5 days.', 'Delivery takes 4 to 7 days.'],
    ['Delivery takes 3 to 5 days.', 'Delivery takes 4 days.'],
    ['The price is 5 euros per user.', 'The price is 20 euros per team.'],
    ['We answer within 2 hours.', 'They answer within 4 hours.'],
    ['The room costs 100 euros and holds 2 people.', 'The room costs 100 euros.'],
    ['Members do not pay 5 euros.', 'Members pay 5 euros per month.'],
    ['Orders over 50 euros are refundable.', 'Orders are not refundable.'],
    ['The festival takes place every year.', 'The festival never charges visitors.'],
    ['Chapter 2 has 30 pages.', 'Chapter 3 has 40 pages.'],
    ['The first month costs 5 euros.', 'The second month costs 10 euros.'],
    ['The Aurora weighs 5 kg.', 'The Borealis weighs 6 kg.'],
    ['Admins can delete documents.', 'Members cannot delete documents.'],
    ['You can pay before delivery.', 'You cannot pay after delivery.'],
  ],
  de: [
    ['Erwachsene zahlen 10 Euro.', 'Kinder zahlen 5 Euro.'],
    ['Zimmer 12 hat 20 Plätze.', 'Zimmer 14 hat 30 Plätze.'],
    ['Im Jahr 2023 stieg der Umsatz um 5 Prozent.', 'Im Jahr 2024 stieg der Umsatz um 7 Prozent.'],
    ['Der Laden öffnet montags um 9 Uhr.', 'Der Laden öffnet sonntags um 10 Uhr.'],
    ['Die alte Anlage hat 5 Stufen.', 'Die neue Anlage hat 9 Stufen.'],
    ['Die Firma hat mehr als 50 Mitarbeiter.', 'Die Firma hat mehr als 100 Mitarbeiter.'],
    ['Der Umsatz betrug 1,5 Millionen Euro.', 'Der Umsatz betrug 1.500.000 Euro.'],
    ['Hunde dürfen mitgebracht werden.', 'Hunde werden nicht mitgebracht.'],
    ['Vor der Lieferung kostet es 5 Euro.', 'Nach der Lieferung kostet es 9 Euro.'],
    ['Der erste Monat kostet 5 Euro.', 'Der zweite Monat kostet 10 Euro.'],
    ['Der Tarif Basis kostet 5 Euro.', 'Der Tarif Profi kostet 10 Euro.'],
    ['Hunde sind erlaubt.', 'Katzen sind nicht erlaubt.'],
    ['Einige Zimmer sind barrierefrei.', 'Einige Zimmer sind nicht barrierefrei.'],
    ['Besucher können einen Ausweis tragen.', 'Besucher müssen keinen Ausweis tragen.'],
    ['Der Preis war 10 Euro.', 'Der Preis ist 12 Euro.'],
    ['Der Laden ist ab 9 Uhr geöffnet.', 'Der Laden ist bis 18 Uhr geöffnet.'],
    ['Die Daten werden nicht nur verschlüsselt.', 'Die Daten werden verschlüsselt.'],
  ],
  fr: [
    ['Les adultes paient 10 euros.', 'Les enfants paient 5 euros.'],
    ['En 2023, le chiffre a augmenté de 5 %.', 'En 2024, le chiffre a augmenté de 7 %.'],
    ['Le prix était de 10 euros.', 'Le prix est de 12 euros.'],
    ['La salle 12 a 20 places.', 'La salle 14 a 30 places.'],
    ['Le magasin est ouvert à partir de 9 h.', "Le magasin est ouvert jusqu'à 18 h."],
    ['Le service ne prend pas plus de 5 jours.', 'Le service prend au plus 5 jours.'],
    ['Les chiens sont autorisés.', 'Les chats ne sont pas autorisés.'],
    ['Le premier mois coûte 5 euros.', 'Le deuxième mois coûte 10 euros.'],
    ['Certaines chambres sont accessibles.', 'Certaines chambres ne sont pas accessibles.'],
    ['Le magasin ouvre à 9 h.', 'Le magasin ferme à 18 h.'],
    ['Le service ne coûte que 5 euros.', 'Le service coûte 5 euros.'],
  ],
  es: [
    ['Los adultos pagan 10 euros.', 'Los niños pagan 5 euros.'],
    ['En 2023, las ventas aumentaron un 5 %.', 'En 2024, las ventas aumentaron un 7 %.'],
    ['La sala 12 tiene 20 plazas.', 'La sala 14 tiene 30 plazas.'],
    ['La tienda está abierta desde las 9.', 'La tienda está abierta hasta las 18.'],
    ['No solo se admiten perros.', 'Se admiten perros.'],
    ['Se admiten perros.', 'No se admiten gatos.'],
    ['El primer mes cuesta 5 euros.', 'El segundo mes cuesta 10 euros.'],
    ['Algunas habitaciones son accesibles.', 'Algunas habitaciones no son accesibles.'],
    ['La tienda abre a las 9.', 'La tienda cierra a las 18.'],
    ['El precio era 10 euros.', 'El precio es 12 euros.'],
  ],
};

const AGREEING: Record<string, [string, string][]> = {
  en: [
    ['Goods can be returned within 30 days.', 'You can return goods within 30 days.'],
    ['Tokens expire after 24 hours.', 'Tokens expire after 1 day.'],
    ['The upload limit is 1,000 MB.', 'The upload limit is 1 GB.'],
    ['The trip takes 90 minutes.', 'The trip takes 1.5 hours.'],
    ['The warranty lasts two years.', 'The warranty is valid for 24 months.'],
    ['The mountain is 8,849 m high.', 'The mountain is 8,848.86 m high.'],
    ['The office opens at 5 pm.', 'The office opens at 17:00.'],
    ['The ticket costs $5.', 'The ticket costs 5 dollars.'],
    ['Pets are not allowed.', 'Pets are prohibited.'],
    ['Revenue was 1.5 million euros.', 'Revenue was 1,500,000 euros.'],
  ],
  de: [
    ['Die Garantie beträgt zwei Jahre.', 'Die Garantie gilt 24 Monate.'],
    ['Haustiere sind nicht erlaubt.', 'Haustiere sind verboten.'],
    ['Die Firma hat 1.200 Mitarbeiter.', 'Die Firma hat 1200 Mitarbeiter.'],
  ],
  fr: [['La garantie dure deux ans.', 'La garantie dure 24 mois.']],
  es: [['La garantía dura dos años.', 'La garantía dura 24 meses.']],
};

describe('what contradicts', () => {
  for (const [language, pairs] of Object.entries(CONTRADICTING)) {
    it.each(pairs)(`${language}: %s | %s`, (one, other, expected) => {
      expect(compared(one, other, language)).toBe(expected);
    });
  }
});

describe('what does not contradict', () => {
  for (const [language, pairs] of Object.entries(COMPATIBLE)) {
    it.each(pairs)(`${language}: %s | %s`, (one, other) => {
      expect([undefined, 'same']).toContain(compared(one, other, language));
    });
  }

  it.each<[string, Partial<Place>, Partial<Place>]>([
    ['other headings', { heading: 'Free plan' }, { heading: 'Pro plan for teams' }],
    ['other sections of a document', { documentId: '1', heading: 'Aurora' }, { documentId: '1', heading: 'Borealis' }],
    ['other products', { title: 'Aurora' }, { title: 'Borealis' }],
    ['other years', { title: 'Price list 2023' }, { title: 'Price list 2024' }],
    ['other versions', { heading: 'Version 2.1' }, { heading: 'Version 2.2' }],
  ])('equal sentences of %s', (_name, one, other) => {
    expect(compared('The battery lasts 5 hours.', 'The battery lasts 8 hours.', 'en', [one, other])).toBeUndefined();
  });

  it('but different kinds of documents about the same thing do', () => {
    const places = [
      { title: 'Customer FAQ', heading: 'Battery' },
      { title: 'Handbook', heading: 'Questions about the battery' },
    ];
    expect(compared('The battery lasts 5 hours.', 'The battery lasts 8 hours.', 'en', places)).toBe('number');
  });

  it('a language whose negation is unknown', () => {
    expect(compared('Garancja trwa 2 lata.', 'Garancja trwa 3 lata.', 'pl')).toBeUndefined();
  });
});

describe('what agrees', () => {
  for (const [language, pairs] of Object.entries(AGREEING)) {
    it.each(pairs)(`${language}: %s | %s`, (one, other) => {
      expect(compared(one, other, language)).toBe('same');
    });
  }
});
