import type { ClaimLanguage } from './number-words.js';

/** What decides, in one language, whether two sentences can be compared. */
export interface ClaimWords {
  /** Words that carry no subject: articles, auxiliaries, modal verbs, neutral prepositions. All others must match. */
  neutral: Set<string>;
  /** Pronouns: sentences about "we" and "they" are about different things. */
  pronouns: Set<string>;
  /** A sentence that begins with one of these says nothing without the one before it. */
  leaning: RegExp;
  /** Phrases that contain a negation and negate nothing. They are removed first. */
  pseudoNegations: RegExp;
  negation: RegExp;
  /** Says that something need not be done: the opposite of "must", but not of "can". */
  unnecessary: RegExp;
  necessary: RegExp;
  possible: RegExp;
  /** Speaks of a part or of most cases: the opposite can be true as well. */
  partial: RegExp;
  /** Supposes, expects or reports. */
  hedged: RegExp;
  past: RegExp;
  /** Conditions and exceptions. */
  conditional: RegExp;
  /** What happens once, so that two dates cannot both be right. */
  once: RegExp;
  /** Words in which two sentences may differ if a quantity of this dimension is what they say. */
  light: Record<string, Set<string>>;
  /** Pairs of opposites: the first is kept, the second stands for its negation. */
  opposites: Map<string, string>;
  negatingPrefix: RegExp;
  same: Map<string, string>;
}

const set = (words: string): Set<string> => new Set(words.split(' '));
const word = (words: string): RegExp => new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${words})(?![\p{L}\p{N}])`, 'iu');
const opposites = (pairs: string): Map<string, string> =>
  new Map(
    pairs.split(' ').flatMap((pair) => {
      const [first = '', others = ''] = pair.split('/');
      return others.split('|').map((other): [string, string] => [other, first]);
    }),
  );
const same = (groups: string): Map<string, string> => opposites(groups);

export const CLAIM_WORDS: Record<ClaimLanguage, ClaimWords> = {
  en: {
    neutral: set(
      'a an the is are was were be been being am do does did has have had having can could may must shall should will would need ' +
        'of in at on to for by as and that which who there here you your yours our their its his her ca wo ought able ' +
        'please also just currently now always every each per all any total exactly not no never none cannot neither nor nobody nothing ' +
        'ever only so too then longer customer customers user users people person persons buyer buyers everyone anyone',
    ),
    pronouns: set('i we us he she him they them it this these those'),
    leaning:
      /^(?:it|its|this|these|those|that|they|their|them|he|she|his|her|such|both|but|however|otherwise|then|instead|also|so|the former|the latter|here|there(?! (?:is|are|was|were)\b))\b/i,
    pseudoNegations:
      /\bnot only\b|\bnot just\b|\bnot least\b|\bno matter\b|\bnot to mention\b|\bno doubt\b|\bwhether or not\b|\bno\.(?= ?\d)/gi,
    negation: /\b(?:not|never|no|none|nobody|nothing|neither|nor|cannot)\b|n['’]t\b/gi,
    unnecessary: /\b(?:need not|needn['’]t|(?:do|does|did)(?: not|n['’]t) (?:need|have) to|not have to)\b/i,
    necessary: word('must|shall|should|has to|have to|had to|needs? to|ought to'),
    possible: word('can|may|able to|cannot'),
    partial:
      /\b(?:some|many|most|mostly|mainly|few|several|often|sometimes|usually|typically|generally|normally|partly|partially|rarely|occasionally|not (?:all|every|always|everyone|necessarily)|almost|nearly|hardly|half|certain|various|other|another|others|else)\b/i,
    hedged:
      /\b(?:might|could|would|perhaps|maybe|possibly|probably|likely|expected|estimated|planned|projected|supposed|reportedly|allegedly|claims?|claimed|believes?|believed|myth|false|wrong|said|says|suggests?|suggested|example|e\.g|hope|want|wants|used to|formerly|previously|originally|initially|soon|imagine|suppose|assume)\b/i,
    past: word('was|were|had|did|became|used to'),
    conditional: word(
      'if|unless|except|otherwise|only|provided|although|though|while|whereas|when|whenever|until|till|but',
    ),
    once: word(
      'founded|established|launched|started|starts|begins?|began|born|died|dies|released|introduced|opened|built|completed|published|signed|' +
        'ends?|ended|expires?|expired|due|effective|deadline|valid until|closes|closed|finish(?:es|ed)|invented|discovered|acquired|created|adopted|' +
        'takes? place|took place|takes effect|took effect|in(?:to)? force|abolished|dissolved|deprecated|removed|retires?|retired|scheduled',
    ),
    light: {
      time: set('last lasting lasts valid take takes took taking run runs amounts amount duration'),
      money: set('cost costs costing price priced prices'),
      mass: set('weigh weighs weighing weight'),
      count: set('contain contains include includes comprise comprises offer offers'),
      bytes: set('size'),
      any: set('available period'),
    },
    opposites: opposites(
      'allowed/forbidden|prohibited|banned|disallowed included/excluded include/exclude includes/excludes required/optional|voluntary ' +
        'enabled/disabled possible/impossible available/unavailable valid/invalid open/closed public/private refundable/nonrefundable ' +
        'legal/illegal visible/invisible|hidden active/inactive accepted/rejected|refused|declined accept/reject|refuse accepts/rejects|refuses ' +
        'increased/decreased|fell|declined increases/decreases|falls|declines increase/decrease|decline rose/dropped rises/drops ' +
        'synchronous/asynchronous compatible/incompatible true/false reversible/irreversible ' +
        'effective/ineffective permanent/temporary correct/incorrect complete/incomplete dependent/independent safe/dangerous ' +
        'approved/denied mutable/immutable',
    ),
    negatingPrefix: /^(?:un(?=\p{L}{4,}(?:ed|able|ible|al|ary|en|safe)$)|non-?(?=\p{L}{4,}))/u,
    same: same(
      'allowed/permitted required/mandatory|obligatory|compulsory delete/remove|erase deleted/removed|erased deletes/removes|erases ' +
        'purchase/buy begins/starts begin/start kept/stored|retained|saved keeps/stores|retains|saves ends/finishes ' +
        'shipping/delivery',
    ),
  },
  de: {
    neutral: set(
      'der die das den dem des ein eine einen einem einer eines ist sind war waren wird werden wurde wurden sein hat haben hatte hatten kann ' +
        'können darf dürfen muss müssen soll sollen sollte sollten von im in am an auf zu zum zur für und dass es sie ihr ihre ihren ihrem ihnen man ' +
        'auch immer derzeit aktuell jetzt bitte genau insgesamt alle jede jeder jedes je pro nicht nie niemals kein keine keinen keinem keiner keines ' +
        'niemand nichts nur bei beim worden sich als mehr gibt kunde kunden nutzer benutzer personen',
    ),
    pronouns: set('ich wir uns er ihn ihm dies diese dieser dieses'),
    leaning:
      /^(?:es(?! gibt)|sie|er|dies(?:e[rsmn]?)?|das ist|dabei|dazu|daher|jedoch|aber|sonst|dann|beide|solche|dort|hier)(?!\p{L})/iu,
    pseudoNegations: /(?<!\p{L})(?:nicht nur|nicht zuletzt|nicht mehr als|nicht weniger als|ob oder nicht)(?!\p{L})/giu,
    negation: /(?<!\p{L})(?:nicht|nie|niemals|keine?[nmrs]?|niemand|nichts|nirgends|weder)(?!\p{L})/giu,
    unnecessary: /(?<!\p{L})(?:muss|müssen|braucht|brauchen)(?!\p{L}).*(?<!\p{L})(?:nicht|kein\p{L}*)(?!\p{L})/iu,
    necessary: word('muss|müssen|soll|sollen|sollte|sollten'),
    possible: word('kann|können|darf|dürfen'),
    partial: word(
      'einige|einigen|manche|manchen|manchmal|viele|vielen|meist|meistens|oft|häufig|wenige|mehrere|selten|teilweise|teils|nicht alle|nicht jede[rsn]?|nicht immer|üblicherweise|normalerweise|fast|beinahe|kaum|andere[nmrs]?|weitere[nmrs]?|bestimmte|gewisse|in der regel',
    ),
    hedged: word(
      'könnte|könnten|würde|würden|dürfte|dürften|vielleicht|möglicherweise|vermutlich|wahrscheinlich|voraussichtlich|geplant|erwartet|geschätzt|angeblich|laut|soll|sollen|behauptet|beispiel|früher|ehemals|ursprünglich|bald|mythos|falsch',
    ),
    past: word('war|waren|hatte|hatten|wurde|wurden'),
    conditional: word('wenn|falls|außer|sofern|sonst|nur|obwohl|während|bis|sobald|es sei denn|aber'),
    once: word(
      'gegründet|eröffnet|gestartet|startet|beginnt|begann|geboren|starb|gestorben|veröffentlicht|eingeführt|gebaut|erbaut|fertiggestellt|unterzeichnet|endet|endete|läuft|fällig|frist|stichtag|gültig bis|schließt|erfunden|entdeckt|übernommen|abgeschafft|findet|fand|tritt|trat|erschien|erscheint|entstand',
    ),
    light: {
      time: set('dauert dauern dauerte beträgt betragen gilt gelten gültig lang lange läuft'),
      money: set('kostet kosten kostete beträgt betragen preis'),
      mass: set('wiegt wiegen gewicht'),
      count: set('enthält enthalten umfasst umfassen bietet bieten'),
      bytes: set('größe beträgt'),
      any: set('verfügbar beträgt betragen liegt'),
    },
    opposites: opposites(
      'erlaubt/verboten|untersagt|unzulässig möglich/unmöglich enthalten/ausgeschlossen inbegriffen/ausgeschlossen verpflichtend/freiwillig|optional ' +
        'aktiviert/deaktiviert offen/geschlossen geöffnet/geschlossen öffentlich/privat aktiv/inaktiv kompatibel/inkompatibel sichtbar/unsichtbar ' +
        'gestiegen/gesunken|gefallen steigt/sinkt|fällt stieg/sank|fiel legal/illegal wahr/falsch sicher/gefährlich angenommen/abgelehnt erreichbar/unerreichbar',
    ),
    negatingPrefix: /^(?:un(?!ter|ser|gef|iver|ion)(?=\p{L}{4,}$)|nicht-?(?=\p{L}{4,}))/u,
    same: same(
      'erlaubt/gestattet|zulässig verpflichtend/obligatorisch|vorgeschrieben gelöscht/entfernt beginnt/startet',
    ),
  },
  fr: {
    neutral: set(
      'le la les l un une des d de du au aux est sont était étaient être été a ont avait avaient avoir peut peuvent doit doivent faut à en dans pour par ' +
        'sur et que qu ce c se s vous votre vos leur leurs son sa ses n ne pas jamais plus aucun aucune rien personne y il ' +
        'toujours actuellement maintenant tout tous toute toutes chaque exactement total aussi seulement elle elles ils on client clients utilisateur utilisateurs personnes',
    ),
    pronouns: set('je nous notre nos cela ceci cette cet ces'),
    leaning:
      /^(?:il(?! (?:est|faut|y a|existe)(?!\p{L}))|elles?|ils|cela|ceci|c['’]est|ce sont|ces|cette|cet|celui|celle|cependant|mais|alors|sinon|donc|ensuite|ici|là)(?!\p{L})/iu,
    pseudoNegations:
      /(?<!\p{L})(?:pas seulement|non seulement|ne (?:\p{L}+ )?que|n['’]\p{L}+ que|pas plus de|pas moins de)(?!\p{L})/giu,
    negation:
      /(?<!\p{L})(?:pas|jamais|aucune?|rien|ni)(?!\p{L})|(?<!\p{L})(?:ne |n['’])(?:\p{L}+ ){1,4}(?:plus|personne)(?!\p{L})/giu,
    unnecessary: /(?:n['’]est|n['’]êtes|ne sont|n['’]a|n['’]ont) pas (?:obligé|tenu|besoin|nécessaire)/iu,
    necessary: word('doit|doivent|faut|devez'),
    possible: word('peut|peuvent|pouvez'),
    partial: word(
      'certains|certaines|quelques|plusieurs|souvent|parfois|généralement|habituellement|la plupart|beaucoup|peu|rarement|presque|pas tous|pas toutes|pas toujours|partiellement|autres?|quelquefois',
    ),
    hedged: word(
      'pourrait|pourraient|devrait|devraient|serait|seraient|peut-être|probablement|sans doute|prévu|prévue|attendu|estimé|selon|prétend|exemple|autrefois|bientôt|mythe|faux|auparavant',
    ),
    past: word('était|étaient|avait|avaient|fut|furent|a été|ont été'),
    conditional: word('si|sauf|sinon|lorsque|quand|sauf si|hormis|bien que|tandis|pendant que|mais|seulement'),
    once: word(
      'fondée?|créée?|lancée?|commence|commencé|débute|né|née|mort|morte|publiée?|ouvert|ouverte|construite?|signée?|termine|finit|expire|échéance|valable jusqu|inventée?|découverte?|acquise?|introduite?|achevée?|entre en vigueur|lieu|adoptée?|fonde|inaugurée?',
    ),
    light: {
      time: set('dure durent durait valable valables prend prennent durée'),
      money: set('coûte coûtent prix coût'),
      mass: set('pèse pèsent poids'),
      count: set('comprend comprennent contient contiennent compte comptent offre'),
      bytes: set('taille'),
      any: set('disponible disponibles élève élèvent'),
    },
    opposites: opposites(
      'autorisé/interdit|défendu autorisée/interdite autorisés/interdits autorisées/interdites inclus/exclu|exclus incluse/exclue obligatoire/facultatif|facultative|optionnel ' +
        'activé/désactivé activée/désactivée possible/impossible disponible/indisponible valide/invalide ouvert/fermé ouverte/fermée ouverts/fermés public/privé légal/illégal visible/invisible ' +
        'actif/inactif accepté/refusé|rejeté acceptés/refusés|rejetés compatible/incompatible augmenté/diminué|baissé augmente/diminue|baisse vrai/faux complet/incomplet remboursable/non-remboursable',
    ),
    negatingPrefix: /^non-?(?=\p{L}{4,}$)/u,
    same: same(
      'autorisé/permis autorisés/permis|admis autorisée/permise autorisées/permises|admises supprimé/effacé commence/débute',
    ),
  },
  es: {
    neutral: set(
      'el la los las lo un una unos unas de del al es son era eran fue fueron ser está están ha han había haber puede pueden debe deben hay a en para por ' +
        'con y que se su sus usted le les tu tus no nunca jamás ningún ninguna ninguno nadie nada siempre actualmente ahora todo todos toda todas cada ' +
        'exactamente total también sólo solo ya más cliente clientes usuario usuarios personas',
    ),
    pronouns: set('yo nosotros nuestro nuestra nuestros él ella ellos ellas esto eso este esta estos estas'),
    leaning:
      /^(?:ellos|ellas|ella|él|esto|eso|este|esta|estos|estas|ese|esa|sin embargo|pero|entonces|además|así|ambos|allí|aquí)(?!\p{L})/iu,
    pseudoNegations: /(?<!\p{L})(?:no (?:solo|sólo|solamente)|no más de|no menos de|no obstante)(?!\p{L})/giu,
    negation: /(?<!\p{L})(?:no|nunca|jamás|ningún|ninguna|ninguno|nadie|nada|tampoco)(?!\p{L})/giu,
    unnecessary: /(?<!\p{L})no (?:tienen?|hay|hace falta|es necesario|necesitan?)(?: que)?(?!\p{L})/iu,
    necessary: word('debe|deben|hay que|tiene que|tienen que'),
    possible: word('puede|pueden'),
    partial: word(
      'algunos|algunas|algún|alguna|muchos|muchas|mayoría|varios|varias|pocos|pocas|a menudo|a veces|generalmente|normalmente|casi|no todos|no todas|no siempre|parcialmente|otros?|otras?|ciertos|ciertas|rara vez|suelen?',
    ),
    hedged: word(
      'podría|podrían|debería|deberían|sería|serían|quizás|quizá|tal vez|probablemente|posiblemente|previsto|esperado|estimado|según|supuestamente|ejemplo|antes|antiguamente|pronto|mito|falso',
    ),
    past: word('era|eran|fue|fueron|había|habían|estaba|estaban'),
    conditional: word('si|salvo|excepto|cuando|mientras|a menos que|aunque|pero|solo|sólo|solamente'),
    once: word(
      'fundad[ao]|fundó|cread[ao]|creó|lanzad[ao]|lanzó|comienza|comenzó|empieza|empezó|nació|nacid[ao]|murió|publicad[ao]|publicó|inauguró|inaugurad[ao]|abrió|construid[ao]|construyó|firmad[ao]|firmó|termina|terminó|vence|plazo|válid[ao] hasta|inventad[ao]|inventó|descubiert[ao]|adquirid[ao]|introducid[ao]|celebra|celebró|lugar|estrenó',
    ),
    light: {
      time: set('dura duran duró válida válido tarda tardan duración'),
      money: set('cuesta cuestan costó precio costo coste'),
      mass: set('pesa pesan peso'),
      count: set('contiene contienen incluye incluyen ofrece ofrecen tiene tienen'),
      bytes: set('tamaño'),
      any: set('disponible disponibles tiene tienen'),
    },
    opposites: opposites(
      'permitido/prohibido permitida/prohibida permitidos/prohibidos permitidas/prohibidas incluido/excluido incluida/excluida obligatorio/opcional|voluntario|facultativo obligatoria/opcional ' +
        'activado/desactivado activada/desactivada posible/imposible disponible/indisponible válido/inválido válida/inválida abierto/cerrado abierta/cerrada abiertos/cerrados público/privado legal/ilegal visible/invisible|oculto ' +
        'activo/inactivo aceptado/rechazado aceptan/rechazan compatible/incompatible aumentó/disminuyó|bajó aumenta/disminuye|baja verdadero/falso completo/incompleto reembolsable/no-reembolsable',
    ),
    negatingPrefix: /^no-(?=\p{L}{4,}$)/u,
    same: same(
      'permitido/autorizado permitida/autorizada permitidos/autorizados permitidas/autorizadas eliminado/borrado comienza/empieza admiten/aceptan admite/acepta',
    ),
  },
};
