"""Word lists for made-up people in and around Portland, Maine."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Agnes Albert Alice Amos Andrea Anita Arthur Audrey Barbara Beatrice Bernard Bettina
    Beverly Calvin Carla Carol Cecil Charlotte Clara Clifford Colleen Conrad Cynthia
    Daniel Deborah Dennis Dolores Donald Doris Dorothy Douglas Duncan Edith Edmund Eileen
    Elaine Eleanor Ellen Elmer Elsie Emma Ernest Esther Eugene Evelyn Florence Frances
    Frank Gail George Geraldine Gilbert Gladys Gloria Gordon Grace Harold Harriet Harvey
    Hazel Helen Henry Herbert Homer Howard Ida Irene Irving Jacob Janet Jean Joan Joseph
    Joyce Judith Julia June Karl Kathleen Kenneth Laura Lawrence Leonard Lewis Lillian
    Lloyd Lois Loretta Lorraine Louis Lucille Luther Mabel Margaret Marian Marilyn Marion
    Martha Martin Marvin Maxine Melvin Mildred Milton Miriam Morris Myrtle Nancy Naomi
    Nathan Nora Norma Norman Oliver Olive Opal Oscar Patrick Paula Pauline Pearl Peter
    Philip Phyllis Ralph Raymond Rhoda Richard Rita Robert Roger Roland Rose Roy Russell
    Ruth Sally Samuel Sarah Shirley Sidney Stanley Stella Stephen Sylvia Thelma Theodore
    Thomas Velma Vera Vernon Victor Vincent Viola Violet Virginia Vivian Wallace Walter
    Wanda Warren Wilbur Willard Wilma Winifred
    """
)

LAST_NAMES = _words(
    """
    Abbott Adler Aldrich Allard Ames Arsenault Atwood Babcock Bailey Barlow Barstow
    Beaulieu Bellamy Bergeron Berry Bishop Blaine Blake Boucher Bowdoin Bradbury Brewer
    Briggs Burnham Caron Carver Chadwick Chase Clement Cloutier Coburn Cole Conant Cormier
    Crockett Curtis Cushing Cyr Daigle Dalton Dearborn Deering Dow Doyle Drummond Dube
    Dunn Dyer Eaton Emerson Emery Estes Farrow Fessenden Field Flood Fogg Foss Foster
    Fowler Frost Gagnon Gardiner Garland Gauthier Gerrish Gilman Goodwin Gray Greenleaf
    Grover Hale Hallowell Hamlin Hanson Harlow Haskell Hatch Heald Hebert Higgins Hinckley
    Hobbs Holmes Houle Howe Hussey Ingalls Ingraham Jewett Jordan Keane Kendall Kimball
    Knowles Labbe Ladd Lambert Larrabee Leavitt Lemieux Libby Lincoln Littlefield
    Longfellow Lord Lovejoy Lowell Lunt Marston Mayhew Merrill Michaud Morrill Morse
    Moulton Nason Newell Nichols Noyes Oakes Ouellette Packard Paine Parris Pease
    Pelletier Pendleton Perkins Phinney Pierce Pinkham Plummer Poulin Pratt Preble
    Purington Quimby Rand Raymond Reed Ricker Rowe Roy Sawyer Scribner Sewall Shaw Skillin
    Small Soule Stackpole Staples Stinson Swett Tarbox Thaxter Thibodeau Thurston Tibbetts
    Trask Treworgy Tripp Turcotte Usher Varney Vaughan Wadsworth Warren Webb Wentworth
    Weymouth Whitcomb Wiggin Winslow Woodbury Wyman York Young
    """
)

#: City, state, postcode, area code, by time zone.
CITIES: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "America/New_York": (
        ("Portland", "ME", "04101", 207),
        ("South Portland", "ME", "04106", 207),
        ("Westbrook", "ME", "04092", 207),
        ("Scarborough", "ME", "04074", 207),
        ("Falmouth", "ME", "04105", 207),
        ("Yarmouth", "ME", "04096", 207),
        ("Saco", "ME", "04072", 207),
        ("Biddeford", "ME", "04005", 207),
        ("Brunswick", "ME", "04011", 207),
        ("Gorham", "ME", "04038", 207),
    ),
    "America/Chicago": (("Chicago", "IL", "60601", 312), ("Madison", "WI", "53703", 608)),
    "America/Los_Angeles": (("San Diego", "CA", "92101", 619), ("Portland", "OR", "97201", 503)),
}

#: Area codes of the states around.
NEIGHBOURS = (603, 802, 978, 617, 508, 413, 401, 203, 860, 518)

#: Forms people filled in, by how much the form says about their interest.
FORMS: dict[str, tuple[str, ...]] = {
    "low": ("Guide: seven early signs of hearing loss", "Newsletter sign-up"),
    "medium": ("Webinar: hearing well in company", "Insurance coverage question"),
    "high": ("Hearing test request", "Hearing aid price request"),
}

CONCERNS = ("conversation_in_noise", "tinnitus", "television", "phone_calls", "family_asked")
