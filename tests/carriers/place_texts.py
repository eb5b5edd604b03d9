"""Place texts in the styles of many carriers, written by hand, with what they mean."""

from __future__ import annotations

# text | country | zone | city ("-": none expected, "": not asked). No hint.
WITHOUT_HINT = """
ISC LOS ANGELES CA(USPS) | US | America/Los_Angeles | Los Angeles
ISC NEW YORK NY(USPS) | US | America/New_York | New York City
ISC CHICAGO IL (USPS) | US | America/Chicago | Chicago
JAMAICA, NY 11430 | US | America/New_York | Jamaica
JAMAICA, NY | US | America/New_York | Jamaica
CHICAGO IL INTERNATIONAL DISTRIBUTION CENTER | US | America/Chicago | Chicago
JERSEY CITY NJ NETWORK DISTRIBUTION CENTER | US | America/New_York | Jersey City
QUEENS NY DISTRIBUTION CENTER | US | America/New_York | Queens
ANAHEIM, CA 92899 | US | America/Los_Angeles | Anaheim
PENSACOLA, FL 32501 | US | America/Chicago | Pensacola
EL PASO, TX 79901-1234 | US | America/Denver | El Paso
KEASBEY, NJ | US | America/New_York | -
SMALLTOWN, CA 92101 | US | America/Los_Angeles | -
FEDEX SMARTPOST EDISON, NJ | US | America/New_York | Edison
Los Angeles, CA, USA | US | America/Los_Angeles | Los Angeles
Los Angeles ISC, US | US | America/Los_Angeles | Los Angeles
Brooklyn, New York, United States | US | America/New_York | Brooklyn
Washington, DC | US | America/New_York | Washington
WASHINGTON DC | US | America/New_York | Washington
Kansas City, MO | US | America/Chicago | Kansas City
Atlanta, Georgia | US | America/New_York | Atlanta
Salt Lake City, UT | US | America/Denver | Salt Lake City
College Station, TX | US | America/Chicago | College Station
St. Louis, MO | US | America/Chicago | St. Louis
SAINT LOUIS MO DISTRIBUTION CENTER | US | America/Chicago | St. Louis
LOUISVILLE, KY, US | US | America/Kentucky/Louisville | Louisville
Honolulu, HI | US | Pacific/Honolulu | Honolulu
DENVER, CO | US | America/Denver | Denver
INDIANAPOLIS, IN | US | America/Indiana/Indianapolis | Indianapolis
New Castle, DE 19720 | US | America/New_York |
Paris, TX | US | America/Chicago | Paris
JOHN F. KENNEDY APT/NEW YORK (US) | US | America/New_York | New York City
SAN JUAN PR 00901 | PR | America/Puerto_Rico | San Juan
United States | US | | -
USA | US | | -
TORONTO, CA | CA | America/Toronto | Toronto
LONDON, ON | CA | America/Toronto | London
LONDON, ON, CA | CA | America/Toronto | London
MONTREAL, QC | CA | America/Toronto | Montréal
REGINA, SK | CA | America/Regina | Regina
Vancouver BC V6B 1A1 | CA | America/Vancouver | Vancouver
9601 BOUL DES SCIENCES,ANJOU,QC,H1J 0A6 | CA | America/Toronto |
SUDBURY, ON | CA | America/Toronto |
St. John's, NL, Canada | CA | America/St_Johns | St. John's
VANKLEEK HILL, ON | CA | America/Toronto | -
Richmond, British Columbia | CA | America/Vancouver | Richmond
Sydney NSW | AU | Australia/Sydney | Sydney
SYDNEY (AU) | AU | Australia/Sydney | Sydney
ALEXANDRIA NSW | AU | Australia/Sydney | -
CHULLORA NSW | AU | Australia/Sydney | -
PERTH WA AUSTRALIA | AU | Australia/Perth | Perth
Melbourne VIC 3000, Australia | AU | Australia/Melbourne | Melbourne
BRISBANE QLD | AU | Australia/Brisbane | Brisbane
Auckland, New Zealand | NZ | Pacific/Auckland | Auckland
CURITIBA/PR | BR | America/Sao_Paulo | Curitiba
CTE CAJAMAR / SP | BR | America/Sao_Paulo | Cajamar
São Paulo - SP | BR | America/Sao_Paulo | São Paulo
Manaus/AM | BR | America/Manaus | Manaus
CDD JOAO MONLEVADE | BR | America/Sao_Paulo | João Monlevade
SALVADOR - BA | BR | America/Bahia | Salvador
Unidade de Tratamento, INDAIATUBA - SP | BR | America/Sao_Paulo | Indaiatuba
Guangzhou EMS | CN | Asia/Shanghai | Guangzhou
GUANGZHOU, CN | CN | Asia/Shanghai | Guangzhou
CN-Shenzhen | CN | Asia/Shanghai | Shenzhen
Shenzhen-CN | CN | Asia/Shanghai | Shenzhen
SHENZHEN | CN | Asia/Shanghai | Shenzhen
Guangdong, Shenzhen | CN | Asia/Shanghai | Shenzhen
YIWU CITY, ZHEJIANG, CHINA | CN | Asia/Shanghai | Yiwu
CHINA, PEOPLE'S REPUBLIC, SHANGHAI | CN | Asia/Shanghai | Shanghai
SHENZHEN - CHINA MAINLAND | CN | Asia/Shanghai | Shenzhen
Shenzhen Sorting Center | CN | Asia/Shanghai | Shenzhen
Urumqi, CN | CN | Asia/Shanghai | Ürümqi
深圳 | CN | Asia/Shanghai | Shenzhen
深圳市 | CN | Asia/Shanghai | Shenzhen
【东莞市】 | CN | Asia/Shanghai | Dongguan
【上海市】 快件已经到达 【上海浦东中心】 | CN | Asia/Shanghai | Shanghai
广东省深圳市宝安营业点 | CN | Asia/Shanghai | Shenzhen
深圳宝安集散中心 | CN | Asia/Shanghai | Shenzhen
杭州转运中心 | CN | Asia/Shanghai | Hangzhou
广州国际邮件处理中心 | CN | Asia/Shanghai | Guangzhou
义乌 | CN | Asia/Shanghai | Yiwu
美国洛杉矶 | US | America/Los_Angeles | Los Angeles
洛杉矶 | US | America/Los_Angeles | Los Angeles
德国 | DE | Europe/Berlin | -
德国法兰克福 | DE | Europe/Berlin | Frankfurt am Main
香港 | HK | Asia/Hong_Kong | Hong Kong
HONG KONG - HONG KONG SAR, CHINA | HK | Asia/Hong_Kong | Hong Kong
HONG KONG, CN | HK | Asia/Hong_Kong | Hong Kong
Hong Kong, Yuen Long | HK | Asia/Hong_Kong |
Macau SAR, China | MO | Asia/Macau |
Taipei, Taiwan, China | TW | Asia/Taipei | Taipei
台北 | TW | Asia/Taipei | Taipei
TOKYO, JAPAN | JP | Asia/Tokyo | Tokyo
INCHEON INTL APT/SEOUL, KOREA | KR | Asia/Seoul |
SINGAPORE | SG | Asia/Singapore | Singapore
BANGALORE - INDIA | IN | Asia/Kolkata | Bengaluru
Gurgaon, HR | IN | Asia/Kolkata | Gurugram
IXELLES / ELSENE | BE | Europe/Brussels | Ixelles
HANOI, VN | VN | Asia/Ho_Chi_Minh | Hanoi
NRT | JP | Asia/Tokyo | Narita
CVG | US | America/New_York | Cincinnati
Mumbai, MH | IN | Asia/Kolkata | Mumbai
Jakarta, ID | ID | Asia/Jakarta | Jakarta
Quezon City, Metro Manila | PH | Asia/Manila | Quezon City
DUBAI - UNITED ARAB EMIRATES | AE | Asia/Dubai | Dubai
FRANKFURT, Germany | DE | Europe/Berlin | Frankfurt am Main
FRANKFURT AM MAIN IPZ 2 | DE | Europe/Berlin | Frankfurt am Main
Cologne - Germany | DE | Europe/Berlin |
Köln | DE | Europe/Berlin |
Koeln, Deutschland | DE | Europe/Berlin |
LEIPZIG - DE | DE | Europe/Berlin | Leipzig
Rodgau (PZ) / Offenbach (BZ) | DE | Europe/Berlin | Rodgau
Nuernberg Hub | DE | Europe/Berlin |
Paketzentrum Börnicke | DE | Europe/Berlin | -
Radefeld, Germany | DE | Europe/Berlin | Leipzig
LIEGE - BELGIUM | BE | Europe/Brussels | Liège
Liege (LGG) | BE | Europe/Brussels | Liège
Luik, België | BE | Europe/Brussels | Liège
BRUSSELS, BE | BE | Europe/Brussels |
Paris, France | FR | Europe/Paris | Paris
HUB CHILLY MAZARIN CHRONOPOST | FR | Europe/Paris | Chilly-Mazarin
AMBOISE, France | FR | Europe/Paris | -
Langley HWDC | GB | Europe/London | -
Heathrow Worldwide DC | GB | Europe/London | London
Stafford DO | GB | Europe/London | Stafford
Boston DO | GB | Europe/London | Boston
LONDON,EGHAM,GB | GB | Europe/London |
East Midlands - UK | GB | Europe/London |
Amsterdam, NL | NL | Europe/Amsterdam | Amsterdam
BREDA,4817 BL | NL | Europe/Amsterdam | Breda
ROTTERDAM - NETHERLANDS, THE | NL | Europe/Amsterdam | Rotterdam
MILANO (MI) | IT | Europe/Rome | Milan
Milano - Italia | IT | Europe/Rome | Milan
MADRID - SPAIN | ES | Europe/Madrid | Madrid
Las Palmas, Spain | ES | Atlantic/Canary |
Ponta Delgada, Portugal | PT | Atlantic/Azores | Ponta Delgada
Lisboa - PT | PT | Europe/Lisbon | Lisbon
Wien | AT | Europe/Vienna | Vienna
Zurich Airport | CH | Europe/Zurich | Zürich
COPENHAGEN - DENMARK | DK | Europe/Copenhagen | Copenhagen
GOTHENBURG | SE | Europe/Stockholm | Gothenburg
Sorting Hub Warsaw | PL | Europe/Warsaw | Warsaw
Kraków | PL | Europe/Warsaw | Kraków
Москва | RU | Europe/Moscow | Moscow
Новосибирск, Россия | RU | Asia/Novosibirsk | Novosibirsk
Дніпро, Україна | UA | Europe/Kyiv | Dnipro
Tbilisi, Georgia | GE | Asia/Tbilisi | Tbilisi
ISTANBUL - TURKEY | TR | Europe/Istanbul | Istanbul
Mexico City, Mexico | MX | America/Mexico_City | Mexico City
Tijuana, Baja California | MX | America/Tijuana | Tijuana
Mexico | MX | | -
Panama, PA | PA | America/Panama |
LAX | US | America/Los_Angeles | Los Angeles
LGG | BE | Europe/Brussels | Liège
HKG | HK | Asia/Hong_Kong | Hong Kong
CNSZX | CN | Asia/Shanghai | Shenzhen
DELEJ | DE | Europe/Berlin | Leipzig
GBR | GB | Europe/London | -
CN | CN | Asia/Shanghai | -
"""

# Two readings, or none: a country would be a guess.
DOUBTFUL = [
    "", " ", "-", "?", "International Transit", "Destination", "string", "Somewhere else", "The Moon", "In transit",
    "JAMAICA", "Georgia", "CA", "DE", "NL", "IN", "ONTARIO, CA", "SMALLTOWN, CA", "Springfield", "Richmond",
    "Birmingham", "PRINCESS ROYAL DO", "Langley", "Paris, Tenn", "Xanadu - MG", "CAN", "FRA",
    "006027 - (PL) CO MAIA", "昆常转运中心", "南京路营业点", "WAW02B", "Mobile", "Reading", "Post Office", "ISC",
    "HUB", "USAGE", "Manchester", "Cordoba", "Guadalajara", "12345", "A", "N/A",
]  # fmt: skip

# text | hint | country | zone
WITH_HINT = """
SMALLTOWN, CA | US | US | America/Los_Angeles
ONTARIO, CA | US | US | America/Los_Angeles
ONTARIO, CA | Canada | CA | America/Toronto
JAMAICA | US | US | America/New_York
JAMAICA | JM | JM | America/Jamaica
Georgia | US | US | America/New_York
56003 | US | US | America/Chicago
Anytown, 80202 | USA | US | America/Denver
Whitestown, IN | US | US |
ANYTOWN | US | US |
Hernando | US | US |
VANCOUVER | CA | CA | America/Vancouver
2000 | AU | AU | Australia/Sydney
ANYTOWN 6000 | AUS | AU | Australia/Perth
AMBOISE | FR | FR | Europe/Paris
AMBOISE | FRA | FR | Europe/Paris
AMBOISE | Frankreich | FR | Europe/Paris
AMBOISE | 法国 | FR | Europe/Paris
Boston | GB | GB | Europe/London
Guadalajara | ES | ES | Europe/Madrid
Guadalajara | MX | MX | America/Mexico_City
Cordoba | AR | AR | America/Argentina/Cordoba
Córdoba | ES | ES | Europe/Madrid
HONG KONG | CN | HK | Asia/Hong_Kong
香港 | CN | HK | Asia/Hong_Kong
San Juan | US | PR | America/Puerto_Rico
福永营业点 | CN | CN | Asia/Shanghai
MILANO MI | IT | IT | Europe/Rome
Bern SA | CH | CH | Europe/Zurich
Kingston 10 | JM | JM | America/Jamaica
35007 | ES | ES | Atlantic/Canary
SINGAPORE | SG | SG | Asia/Singapore
FRANKFURT, Germany | US | DE | Europe/Berlin
Essen, DE | NL | DE | Europe/Berlin
 | DE | DE | Europe/Berlin
 | GBR | GB | Europe/London
Berlin | nonsense | DE | Europe/Berlin
Berlin | ZZ | DE | Europe/Berlin
SHENZHEN | DE | |
São Gonçalo do Amarante | BR | BR |
Kiev | UKR | UA | Europe/Kyiv
Lachine | CA | CA |
"""
